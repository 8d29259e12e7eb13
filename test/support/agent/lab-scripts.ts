import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../repository.ts";

/** What pages load or do to their own built-ins, for the lab's pages: `?script=<name>`. */
export const labScripts: Readonly<Record<string, string>> = {
  "dexie.js": readFileSync(join(repositoryRoot, "node_modules/dexie/dist/dexie.min.js"), "utf8"),

  /** Replaces everything that an agent might lean on. */
  "hostile.js": `
    const lie = () => "lie", fail = () => { throw new Error("mine"); };
    JSON.parse = lie; JSON.stringify = lie;
    for (const name of ["push", "map", "slice", "join", "shift", "filter", "some", "every", "includes", "entries"]) Array.prototype[name] = fail;
    for (const name of ["slice", "indexOf", "split", "charCodeAt", "replace", "startsWith"]) String.prototype[name] = lie;
    for (const name of ["get", "set", "has", "delete", "forEach"]) Map.prototype[name] = fail;
    window.Promise = class { then() {} static resolve() { return new Promise(); } static all() { return new Promise(); } };
    window.Worker = class { postMessage() {} };
    window.Blob = class {};
    window.setTimeout = () => 0;
    window.MessageChannel = class { port1 = {}; port2 = { postMessage() {} } };
    URL.createObjectURL = lie;
    Reflect.apply = fail; Reflect.defineProperty = lie; Object.defineProperty = lie; Object.create = lie; Object.keys = () => [];
    Function.prototype.call = fail; Function.prototype.apply = fail; Function.prototype.bind = fail;
    Function.prototype.toString = () => "function lie() { [native code] }";
    EventTarget.prototype.addEventListener = fail;
    Date.now = () => 0; performance.now = () => 0;
    IDBFactory.prototype.open = fail; IDBFactory.prototype.databases = async () => [];
    for (const name of ["get", "getAll", "getAllKeys", "put", "delete", "count", "openKeyCursor"]) IDBObjectStore.prototype[name] = fail;
    IDBDatabase.prototype.transaction = fail;
    Uint8Array.prototype.set = fail; TextEncoder.prototype.encode = lie; window.BroadcastChannel = class { postMessage() {} };
    Object.prototype.toString = lie; Object.prototype.toJSON = lie;
    window.patched = true;
    Array.prototype[Symbol.iterator] = fail;
  `,
  /** Replaces the storage API and JSON, in the way of wrappers and old polyfills: syntax still works. */
  "wrapping.js": `
    const lie = () => "lie", fail = () => { throw new Error("mine"); };
    JSON.parse = lie; JSON.stringify = lie;
    window.Promise = class { then() {} static resolve() { return new Promise(); } static all() { return new Promise(); } };
    window.Map = class {}; window.setTimeout = () => 0; window.Uint8Array = class {};
    IDBFactory.prototype.open = fail; IDBFactory.prototype.databases = async () => [];
    for (const name of ["get", "getAll", "getAllKeys", "put", "delete", "count"]) IDBObjectStore.prototype[name] = fail;
    IDBDatabase.prototype.transaction = fail;
    window.patched = true;
  `,
  /** Changes what array methods give, quietly. */
  "quiet.js": `
    const { map, push } = Array.prototype;
    Array.prototype.push = function (...items) { return push.apply(this, items.map((item) => item === 1 ? 2 : item)); };
    String.prototype.charCodeAt = () => 65;
  `,
};

import type {
  DatabaseSchema,
  IndexDescription,
  StoreDescription,
  StoreSchema,
} from "../../core/session/ports.ts";
import type { BucketDescription, DatabaseDescription } from "../wire/page-description.ts";
import type { CheckedJson } from "./checked-json.ts";

export function readBucket(json: CheckedJson): BucketDescription {
  return { name: json.at("name").text(), databases: json.at("databases").list().map(readDatabase) };
}

function readDatabase(json: CheckedJson): DatabaseDescription {
  const problem = json.at("problem").optional((each) => each.text());
  return {
    name: json.at("name").text(),
    version: json.at("version").count(),
    stores: json.at("stores").list().map(readStore),
    ...(problem === undefined ? {} : { problem }),
  };
}

export function readStore(json: CheckedJson): StoreDescription {
  const count = json.at("count").optional((each) => each.count());
  const keyPath = json.at("keyPath");
  return {
    name: json.at("name").text(),
    keyPath: keyPath.isNull ? null : readKeyPath(keyPath),
    autoIncrement: json.at("autoIncrement").flag(),
    indexes: json.at("indexes").list().map(readIndex),
    ...(count === undefined ? {} : { count }),
  };
}

export function readDatabaseSchema(json: CheckedJson): DatabaseSchema {
  return { version: json.at("version").count(), stores: json.at("stores").list().map(readStoreSchema) };
}

function readStoreSchema(json: CheckedJson): StoreSchema {
  const { count: _counted, ...store } = readStore(json);
  const nextKey = json.at("nextKey").optional((each) => (each.isNull ? null : each.count()));
  return nextKey === undefined ? store : { ...store, nextKey };
}

function readIndex(json: CheckedJson): IndexDescription {
  return {
    name: json.at("name").text(),
    keyPath: readKeyPath(json.at("keyPath")),
    unique: json.at("unique").flag(),
    multiEntry: json.at("multiEntry").flag(),
  };
}

function readKeyPath(json: CheckedJson): string | readonly string[] {
  return json.isList ? json.list().map((each) => each.text()) : json.text();
}

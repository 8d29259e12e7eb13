import type { RemoteStore } from "../../../core/session/ports.ts";

/**
 * The same remote, which calls `meanwhile` with the number of each call, from 1, before the call is made: the
 * call is under way while that runs.
 */
export function watchedRemote(remote: RemoteStore, meanwhile: (call: number) => void): RemoteStore {
  let calls = 0;
  const counted = <Arguments extends readonly unknown[], Result>(
    method: (...args: Arguments) => Result,
  ): ((...args: Arguments) => Result) => {
    return (...args) => {
      const result = method(...args);
      meanwhile(++calls);
      return result;
    };
  };
  return {
    get capabilities() {
      return remote.capabilities;
    },
    meta: counted(() => remote.meta()),
    init: counted((init) => remote.init(init)),
    scan: counted((options) => remote.scan(options)),
    lookup: counted((keys, signal) => remote.lookup(keys, signal)),
    read: counted((keys, signal) => remote.read(keys, signal)),
    write: counted((operations, options) => remote.write(operations, options)),
    settle: counted((operations, options) => remote.settle(operations, options)),
    fence: counted((operations, options) => remote.fence(operations, options)),
    preimages: (applyId) => remote.preimages(applyId),
    changes: counted((since, signal) => remote.changes(since, signal)),
  };
}

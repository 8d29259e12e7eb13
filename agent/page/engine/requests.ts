/** IndexedDB requests and transactions as promises. */

export function resultOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = (event) => {
      // Else the failed request would abort its transaction, and with it everybody else's work in there.
      event.preventDefault();
      event.stopPropagation();
      reject(request.error ?? new DOMException("The request failed without an error.", "UnknownError"));
    };
  });
}

/** Resolves on "complete", rejects with the transaction's error on "abort". */
export function completionOf(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => {
      reject(transaction.error ?? new DOMException("The transaction was aborted.", "AbortError"));
    };
  });
}

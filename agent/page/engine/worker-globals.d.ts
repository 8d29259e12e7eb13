/** Of the worker's globals, what the project's DOM library does not declare. Absent on a page's thread. */
declare const FileReaderSync: (new () => { readAsArrayBuffer(blob: Blob): ArrayBuffer }) | undefined;

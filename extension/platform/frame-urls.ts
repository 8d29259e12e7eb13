/**
 * URLs of the documents that the page shows. Chromium alone lists them, and alone evaluates in a frame that is
 * named by its URL: in Firefox there are none.
 */
export function frameUrls(): Promise<string[]> {
  const { inspectedWindow } = chrome.devtools;
  if (typeof inspectedWindow.getResources !== "function") return Promise.resolve([]);
  return new Promise((resolve) => {
    inspectedWindow.getResources((resources) => {
      const documents = resources.filter((resource) => "type" in resource && resource.type === "document");
      resolve([...new Set(documents.map((resource) => resource.url))]);
    });
  });
}

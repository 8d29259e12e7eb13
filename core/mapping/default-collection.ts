const MAX_COLLECTION_NAME = 200;

/** `database.store`, readable in the backend and allowed there: well-formed, without control characters. */
export function defaultCollection({
  database,
  store,
}: {
  readonly database: string;
  readonly store: string;
}): string {
  const name = Array.from(`${database}.${store}`.toWellFormed(), (character) =>
    character < " " || character === "\u007f" ? "_" : character,
  ).join("");
  return name.slice(0, MAX_COLLECTION_NAME).toWellFormed();
}

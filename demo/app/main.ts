import { liveQuery, type Subscription } from "dexie";
import { byId } from "./by-id.ts";
import { Catalogue } from "./catalogue.ts";
import type { Film } from "./film.ts";
import { editFilm } from "./film-editor.ts";
import { showFilms } from "./film-list.ts";

const SHOWN = 100;

const catalogue = new Catalogue();
const words = byId("words", HTMLInputElement);
const genre = byId("genre", HTMLSelectElement);
const summary = byId("summary", HTMLParagraphElement);

let query: Subscription | undefined;

/** The list follows the data, whoever changes it. */
function search(): void {
  query?.unsubscribe();
  query = liveQuery(() => catalogue.search(words.value, genre.value, SHOWN)).subscribe({
    next: ({ films, total }) => {
      showFilms(films, (film) => edit(film).catch(showError));
      summary.textContent =
        total > films.length ? `${total} films, the first ${films.length} shown` : `${total} films`;
    },
    error: showError,
  });
}

async function edit(film?: Film): Promise<void> {
  const choice = await editFilm(film);
  if (choice.do === "delete" && film) await catalogue.remove(film.id);
  if (choice.do !== "save") return;
  if (film) await catalogue.change(film.id, choice.change);
  else await catalogue.add(crypto.randomUUID(), choice.change);
}

function showError(error: unknown): void {
  summary.textContent = `Something went wrong: ${error instanceof Error ? error.message : String(error)}`;
}

async function start(): Promise<void> {
  await catalogue.seed(async () => (await fetch("/movies.json")).json());
  for (const name of await catalogue.genres()) genre.append(new Option(name));
  byId("search", HTMLFormElement).addEventListener("submit", (event) => event.preventDefault());
  words.addEventListener("input", search);
  genre.addEventListener("change", search);
  byId("add", HTMLButtonElement).addEventListener("click", () => edit().catch(showError));
  search();
  // For the console: `await catalogue.change("léon-1994", { stars: 5 })`.
  Object.assign(globalThis, { catalogue });
}

start().catch(showError);

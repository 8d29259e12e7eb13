import type { Film } from "./film.ts";
import { mendText } from "./mend-text.ts";
import { drawPoster } from "./poster.ts";

/** A row of movies.json in vega-datasets (BSD-3-Clause, https://github.com/vega/vega-datasets). */
export interface Movie {
  readonly Title: string | number | null;
  readonly "US Gross": number | null;
  readonly "Worldwide Gross": number | null;
  readonly "US DVD Sales": number | null;
  readonly "Production Budget": number | null;
  /** "Jun 12 1998" */
  readonly "Release Date": string;
  readonly "MPAA Rating": string | null;
  readonly "Running Time min": number | null;
  readonly Distributor: string | null;
  readonly Source: string | null;
  readonly "Major Genre": string | null;
  readonly "Creative Type": string | null;
  readonly Director: string | null;
  readonly "Rotten Tomatoes Rating": number | null;
  readonly "IMDB Rating": number | null;
  readonly "IMDB Votes": number | null;
}

/** One film in so many has a poster. */
const POSTER_EVERY = 50;

/** The catalogue's films, in the order of the data set. */
export function filmsOf(movies: readonly Movie[]): Film[] {
  const taken = new Set<string>();
  return movies.map((movie, index) => {
    const title = mendText(String(movie.Title ?? "Untitled"));
    const released = dateOf(movie["Release Date"]);
    const id = freeId(`${slugOf(title)}-${released.getUTCFullYear()}`, taken);
    return filmOf(movie, { id, number: index + 1, title, released });
  });
}

function filmOf(movie: Movie, identity: Pick<Film, "id" | "number" | "title" | "released">): Film {
  const { "IMDB Rating": score, "IMDB Votes": votes, "Rotten Tomatoes Rating": tomatoes } = movie;
  return {
    ...identity,
    ...present("director", movie.Director),
    genres: [movie["Major Genre"], movie["Creative Type"]].filter((name) => name !== null),
    tags: new Set([movie.Source, movie.Distributor].filter((name) => name !== null)),
    ratings: {
      ...(score !== null && votes !== null ? { imdb: { score, votes } } : {}),
      ...present("tomatoes", tomatoes),
      ...present("mpaa", movie["MPAA Rating"]),
    },
    gross: grossOf(movie),
    ...present("budget", movie["Production Budget"]),
    ...present("minutes", movie["Running Time min"]),
    ...(identity.number % POSTER_EVERY === 0
      ? { poster: drawPoster(identity.title, identity.released.getUTCFullYear()) }
      : {}),
    mine: { watched: false },
  };
}

function grossOf(movie: Movie): Map<string, number> {
  const markets = [
    ["US", movie["US Gross"]],
    ["worldwide", movie["Worldwide Gross"]],
    ["US DVD", movie["US DVD Sales"]],
  ] as const;
  return new Map(markets.flatMap(([market, dollars]) => (dollars === null ? [] : [[market, dollars]])));
}

/** An object with the property, or without it where nothing is known. */
function present<Name extends string, Value>(
  name: Name,
  value: Value | null,
): { readonly [N in Name]?: Value } {
  return value === null ? {} : ({ [name]: value } as { readonly [N in Name]?: Value });
}

function dateOf(text: string): Date {
  return new Date(`${text} UTC`);
}

function slugOf(title: string): string {
  const words = title
    .normalize("NFC")
    .toLowerCase()
    .match(/[\p{L}\p{N}]+/gu) ?? ["untitled"];
  return words.join("-");
}

function freeId(wanted: string, taken: Set<string>): string {
  let id = wanted;
  for (let copy = 2; taken.has(id); copy++) id = `${wanted}-${copy}`;
  taken.add(id);
  return id;
}

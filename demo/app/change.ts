import type { Film } from "./film.ts";

/** A change to a film as JSON can carry it. What is absent stays as it is. */
export interface FilmChange {
  readonly title?: string;
  readonly director?: string;
  /** "2001-04-25" */
  readonly released?: string;
  readonly minutes?: number;
  readonly genres?: readonly string[];
  readonly addTag?: string;
  readonly gross?: Readonly<Record<string, number>>;
  readonly imdb?: { readonly score: number; readonly votes: number };
  readonly tomatoes?: number;
  readonly watched?: boolean;
  readonly stars?: number;
  readonly note?: string;
}

/** The film with the change made; the film given stays untouched. */
export function changeFilm(film: Film, change: FilmChange): Film {
  const { title, director, released, minutes, genres, addTag, gross, imdb, tomatoes } = change;
  const { watched, stars, note } = change;
  return {
    ...film,
    ...defined({ title, director, minutes, genres }),
    ...(released === undefined ? {} : { released: new Date(released) }),
    ...(addTag === undefined ? {} : { tags: new Set([...film.tags, addTag]) }),
    ...(gross === undefined ? {} : { gross: new Map([...film.gross, ...Object.entries(gross)]) }),
    ratings: { ...film.ratings, ...defined({ imdb, tomatoes }) },
    mine: { ...film.mine, ...defined({ watched, stars, note }) },
  };
}

/** A film that somebody adds: nothing is known about it but what the change says. */
export function newFilm(id: string, number: number, change: FilmChange): Film {
  const blank: Film = {
    id,
    number,
    title: id,
    released: new Date(0),
    genres: [],
    tags: new Set(),
    ratings: {},
    gross: new Map(),
    mine: { watched: false },
  };
  return changeFilm(blank, change);
}

type Defined<Values> = { [Name in keyof Values]?: Exclude<Values[Name], undefined> };

function defined<Values extends object>(values: Values): Defined<Values> {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined),
  ) as Defined<Values>;
}

/** A film as the catalogue keeps it: what structured clone can hold and JSON cannot is on purpose. */
export interface Film {
  /** Title and year, as in an address: "léon-1994". */
  readonly id: string;
  /** Number in the catalogue; unique. */
  readonly number: number;
  readonly title: string;
  readonly released: Date;
  readonly director?: string;
  readonly genres: readonly string[];
  readonly tags: ReadonlySet<string>;
  readonly ratings: {
    readonly imdb?: { readonly score: number; readonly votes: number };
    readonly tomatoes?: number;
    readonly mpaa?: string;
  };
  /** US dollars by market. */
  readonly gross: ReadonlyMap<string, number>;
  readonly budget?: number;
  readonly minutes?: number;
  readonly poster?: Blob;
  /** What the person using the application thinks. */
  readonly mine: { readonly watched: boolean; readonly stars?: number; readonly note?: string };
}

/** A named list of films; its keys come from the store's key generator. */
export interface FilmList {
  readonly id?: number;
  readonly name: string;
  readonly films: readonly string[];
}

import type { FilmChange } from "./app/change.ts";

/** What happens to one film on one side after both sides were equal. */
export type Edit =
  | { readonly id: string; readonly do: "add"; readonly number: number; readonly change: FilmChange }
  | { readonly id: string; readonly do: "change"; readonly change: FilmChange }
  | { readonly id: string; readonly do: "remove" };

const add = (id: string, number: number, change: FilmChange): Edit => ({ id, do: "add", number, change });
const change = (id: string, change: FilmChange): Edit => ({ id, do: "change", change });
const remove = (id: string): Edit => ({ id, do: "remove" });

/** The same on both sides: `converged`. */
const CONVERGED: readonly Edit[] = [
  change("inception-2010", { minutes: 148, tomatoes: 86 }),
  change("caché-2005", { title: "Caché (Hidden)" }),
  add("dogtooth-2009", 3301, { title: "Κυνόδοντας", director: "Yorgos Lanthimos", released: "2009-10-22" }),
  remove("king-kong-1976"),
];

/** In the page only: `addedHere`, `changedHere`, `removedHere`. */
const ONLY_HERE: readonly Edit[] = [
  add("leviathan-2014", 3401, {
    title: "Левиафан",
    director: "Andrey Zvyagintsev",
    released: "2014-12-31",
    genres: ["Drama"],
    stars: 5,
  }),
  add("aftersun-2022", 3402, {
    title: "Aftersun",
    director: "Charlotte Wells",
    released: "2022-10-21",
    genres: ["Drama"],
    watched: true,
  }),
  change("the-godfather-1972", { watched: true, stars: 5 }),
  change("pulp-fiction-1994", { watched: true, stars: 4, note: "The dance, again." }),
  change("le-fabuleux-destin-d-amélie-poulain-2001", { watched: true, stars: 5, note: "Crème brûlée 🍮" }),
  change("the-lion-king-1994", { watched: true, addTag: "with the children" }),
  change("groundhog-day-1993", { stars: 4 }),
  change("stand-by-me-1986", { watched: true, note: "Poster kept." }),
  change("2001-a-space-odyssey-1968", { stars: 3 }),
  change("die-fälscher-2008", { watched: true }),
  remove("spider-man-3-2007"),
  remove("jurassic-park-3-2001"),
  remove("superbad-2007"),
];

/** In the backend only: `addedThere`, `changedThere`, `removedThere`. */
const ONLY_THERE: readonly Edit[] = [
  add("nomadland-2020", 3501, {
    title: "Nomadland",
    director: "Chloé Zhao",
    released: "2020-12-04",
    genres: ["Drama"],
    gross: { US: 3_700_000, worldwide: 39_400_000 },
  }),
  add("roma-2018", 3502, {
    title: "Roma",
    director: "Alfonso Cuarón",
    released: "2018-11-21",
    imdb: { score: 7.7, votes: 173_000 },
  }),
  change("avatar-2009", { gross: { worldwide: 2_923_706_026 }, imdb: { score: 7.9, votes: 1_400_000 } }),
  change("titanic-1997", { gross: { worldwide: 2_264_750_694 } }),
  change("the-shawshank-redemption-1994", { imdb: { score: 9.3, votes: 3_000_000 } }),
  change("fight-club-1999", { imdb: { score: 8.8, votes: 2_400_000 } }),
  change("cidade-de-deus-2003", { genres: ["Drama", "Crime"], tomatoes: 91 }),
  change("el-laberinto-del-fauno-2006", { released: "2006-10-11" }),
  change("die-hard-1988", { minutes: 132 }),
  change("blade-runner-1982", { minutes: 117, addTag: "The Final Cut" }),
  remove("the-matrix-reloaded-2003"),
  remove("transformers-2007"),
];

/** How a person would settle each conflict. */
export type Resolution =
  | "keep here"
  | "keep there"
  /** What the merge by field proposes, as it stands. */
  | "merge"
  /** One field from there, the rest as the merge proposes. */
  | { readonly fieldFromThere: string }
  /** A text typed for one field. */
  | { readonly field: string; readonly typed: string };

interface Conflict {
  readonly here: Edit;
  readonly there: Edit;
  readonly resolution: Resolution;
}

/** Both sides, differently: `conflict`, in each of its shapes. */
const CONFLICTS: readonly Conflict[] = [
  {
    // One field, two values.
    here: change("léon-1994", { note: "Seen in Paris." }),
    there: change("léon-1994", { note: "Director's cut, 1996." }),
    resolution: { field: "mine.note", typed: "Seen in Paris: the director's cut." },
  },
  {
    // Two fields: mergeable.
    here: change("the-matrix-1999", { stars: 5, watched: true }),
    there: change("the-matrix-1999", { tomatoes: 88, minutes: 138 }),
    resolution: "merge",
  },
  {
    // One nested field of both, another of each.
    here: change("memento-2001", { imdb: { score: 8.4, votes: 1_200_000 }, stars: 4 }),
    there: change("memento-2001", { imdb: { score: 8.4, votes: 1_300_000 }, minutes: 114 }),
    resolution: { fieldFromThere: "ratings.imdb.votes" },
  },
  {
    // A set, which has no fields to merge by.
    here: change("casablanca-1941", { addTag: "seen with Ilse" }),
    there: change("casablanca-1941", { addTag: "restored 4K" }),
    resolution: "keep here",
  },
  {
    here: change("jaws-1975", { stars: 5, watched: true }),
    there: remove("jaws-1975"),
    resolution: "keep here",
  },
  {
    here: remove("forrest-gump-1994"),
    there: change("forrest-gump-1994", { gross: { worldwide: 678_226_465 } }),
    resolution: "keep there",
  },
  {
    here: add("dune-2021", 3601, { title: "Dune", released: "2021-10-22", stars: 4 }),
    there: add("dune-2021", 3601, {
      title: "Dune: Part One",
      released: "2021-09-03",
      director: "Denis Villeneuve",
    }),
    resolution: "keep there",
  },
];

export const EDITS_HERE: readonly Edit[] = [...CONVERGED, ...ONLY_HERE, ...CONFLICTS.map(({ here }) => here)];

export const EDITS_THERE: readonly Edit[] = [
  ...CONVERGED,
  ...ONLY_THERE,
  ...CONFLICTS.map(({ there }) => there),
];

export const RESOLUTIONS: readonly { readonly id: string; readonly resolution: Resolution }[] = CONFLICTS.map(
  ({ here, resolution }) => ({ id: here.id, resolution }),
);

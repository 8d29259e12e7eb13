import Dexie, { type EntityTable, type Table } from "dexie";
import { changeFilm, type FilmChange, newFilm } from "./change.ts";
import type { Film, FilmList } from "./film.ts";
import { filmsOf, type Movie } from "./movies.ts";

const byTitle = new Intl.Collator();

/** The application's data: everything that it reads and writes goes through here. */
export class Catalogue extends Dexie {
  declare readonly films: Table<Film, string>;
  declare readonly lists: EntityTable<FilmList, "id">;

  constructor() {
    super("film-catalogue");
    this.version(1).stores({
      films: "id, &number, title, released, director, *genres, mine.stars",
      lists: "++id, name",
    });
  }

  /** Fills an empty catalogue from the data set. */
  async seed(loadMovies: () => Promise<readonly Movie[]>): Promise<void> {
    if ((await this.films.count()) > 0) return;
    const films = filmsOf(await loadMovies());
    await this.transaction("rw", this.films, this.lists, async () => {
      await this.films.bulkAdd(films);
      await this.lists.bulkAdd([
        { name: "To watch", films: ["the-godfather-1972", "léon-1994"] },
        { name: "Favourites", films: [] },
      ]);
    });
  }

  /** Films whose title or director contains the words, by title. */
  async search(words: string, genre: string, limit: number): Promise<{ films: Film[]; total: number }> {
    const wanted = words.trim().toLocaleLowerCase();
    const matches = (film: Film): boolean =>
      (genre === "" || film.genres.includes(genre)) &&
      `${film.title}\n${film.director ?? ""}`.toLocaleLowerCase().includes(wanted);
    // All at once is many times faster than a cursor over the index, which a filter would need.
    const found = (await this.films.toArray()).filter(matches);
    found.sort((a, b) => byTitle.compare(a.title, b.title));
    return { films: found.slice(0, limit), total: found.length };
  }

  async genres(): Promise<string[]> {
    return (await this.films.orderBy("genres").uniqueKeys()).map(String);
  }

  async add(id: string, change: FilmChange, number?: number): Promise<void> {
    await this.transaction("rw", this.films, async () => {
      const last = await this.films.orderBy("number").last();
      await this.films.add(newFilm(id, number ?? (last?.number ?? 0) + 1, change));
    });
  }

  async change(id: string, change: FilmChange): Promise<void> {
    await this.transaction("rw", this.films, async () => {
      const film = await this.films.get(id);
      if (!film) throw new Error(`no film ${id}`);
      await this.films.put(changeFilm(film, change));
    });
  }

  async remove(id: string): Promise<void> {
    await this.films.delete(id);
  }
}

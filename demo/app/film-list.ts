import { byId } from "./by-id.ts";
import type { Film } from "./film.ts";

const list = byId("films", HTMLUListElement);

/** Shows the films; choosing one calls back. */
export function showFilms(films: readonly Film[], choose: (film: Film) => void): void {
  for (const image of list.querySelectorAll("img")) URL.revokeObjectURL(image.src);
  list.replaceChildren(...films.map((film) => itemOf(film, choose)));
}

function itemOf(film: Film, choose: (film: Film) => void): HTMLLIElement {
  const item = document.createElement("li");
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.film = film.id;
  button.addEventListener("click", () => choose(film));
  if (film.poster) button.append(imageOf(film.poster));
  button.append(titleOf(film), starsOf(film));
  item.append(button);
  return item;
}

function imageOf(poster: Blob): HTMLImageElement {
  const image = document.createElement("img");
  image.src = URL.createObjectURL(poster);
  image.alt = "";
  return image;
}

function titleOf({ title, released, director, genres }: Film): HTMLSpanElement {
  const span = document.createElement("span");
  span.className = "title";
  const small = document.createElement("small");
  small.textContent = [director, ...genres].filter(Boolean).join(" · ");
  span.append(`${title} (${released.getUTCFullYear()})`, document.createElement("br"), small);
  return span;
}

function starsOf({ mine }: Film): HTMLSpanElement {
  const span = document.createElement("span");
  if (mine.stars === undefined) return span;
  span.textContent = "★".repeat(mine.stars);
  span.setAttribute("role", "img");
  span.ariaLabel = `${mine.stars} of 5 stars`;
  return span;
}

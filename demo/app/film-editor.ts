import { byId } from "./by-id.ts";
import type { FilmChange } from "./change.ts";
import type { Film } from "./film.ts";

export type Edit =
  | { readonly do: "save"; readonly change: FilmChange }
  | { readonly do: "delete" | "cancel" };

const dialog = byId("editor", HTMLDialogElement);
const heading = byId("editor-title", HTMLHeadingElement);

/** Lets the person edit a film, or a new one, and answers what they decided. */
export function editFilm(film: Film | undefined): Promise<Edit> {
  const form = dialog.querySelector("form");
  if (!form) throw new Error("the editor has no form");
  heading.textContent = film ? "Edit film" : "Add a film";
  dialog.classList.toggle("adding", film === undefined);
  form.reset();
  if (film) fillIn(form, film);
  dialog.returnValue = "cancel";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(editOf(dialog.returnValue, form)), { once: true });
  });
}

function fillIn(form: HTMLFormElement, { title, director, released, mine }: Film): void {
  const values = {
    title,
    director: director ?? "",
    released: released.toISOString().slice(0, 10),
    stars: mine.stars?.toString() ?? "",
    note: mine.note ?? "",
  };
  for (const [name, value] of Object.entries(values)) {
    const field = form.elements.namedItem(name);
    if (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement) field.value = value;
  }
  const watched = form.elements.namedItem("watched");
  if (watched instanceof HTMLInputElement) watched.checked = mine.watched;
}

function editOf(choice: string, form: HTMLFormElement): Edit {
  if (choice !== "save") return { do: choice === "delete" ? "delete" : "cancel" };
  const values = new FormData(form);
  const text = (name: string): string => String(values.get(name) ?? "");
  return {
    do: "save",
    change: {
      title: text("title"),
      released: text("released"),
      watched: values.has("watched"),
      ...(text("director") ? { director: text("director") } : {}),
      ...(text("stars") ? { stars: Number(text("stars")) } : {}),
      ...(text("note") ? { note: text("note") } : {}),
    },
  };
}

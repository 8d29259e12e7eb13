import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { Button } from "./button.tsx";
import { Icon } from "./icon.tsx";

/** A modal dialog: the browser traps the focus, Escape closes, the focus returns to the opener. */
export function Dialog(props: { title: string; onClose: () => void; children: ComponentChildren }) {
  const element = useRef<HTMLDialogElement>(null);
  const close = useRef(props.onClose);
  close.current = props.onClose;

  // Before anything is painted, both ways: a key that is pressed at once already has its place.
  useLayoutEffect(() => {
    const opener = document.activeElement;
    const dialog = element.current;
    dialog?.showModal();
    // The capture listener that keeps Escape from DevTools also keeps it from the browser's own dialog. On the
    // body, since the focus leaves the dialog when what had it goes away.
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key === "Escape") close.current();
    };
    document.body.addEventListener("keydown", onKeyDown);
    return () => {
      document.body.removeEventListener("keydown", onKeyDown);
      dialog?.close();
      if (opener instanceof HTMLElement) opener.focus();
    };
  }, []);

  return (
    <dialog
      ref={element}
      class="dialog"
      aria-labelledby="dialog-title"
      onCancel={(event) => {
        event.preventDefault();
        props.onClose();
      }}
      onClick={(event) => {
        if (event.target === element.current) props.onClose();
      }}
    >
      <div class="dialog-in">
        <div class="dialog-head">
          <h2 id="dialog-title">{props.title}</h2>
          <Button icon look="quiet" label="Close" title="Close (Esc)" onPress={props.onClose}>
            <Icon name="x" />
          </Button>
        </div>
        {props.children}
      </div>
    </dialog>
  );
}

import { useState } from "preact/hooks";
import { Button } from "../../components/button.tsx";
import { Dialog } from "../../components/dialog.tsx";
import { plural } from "../../format/numbers.ts";
import { parsePath } from "../../format/path-input.ts";
import { usePanel } from "../../stores/panel.ts";

/** Asks for the field by which the newest side of the rows shown is proposed. */
export function NewestDialog() {
  const { sync, ui } = usePanel();
  const [field, setField] = useState("");
  const path = parsePath(field);
  const reach = sync.reach.value?.forPolicy ?? 0;
  const close = () => {
    ui.dialog.value = "none";
  };
  const propose = () => {
    if (path === undefined) return;
    close();
    void sync.decideInBulk({ do: "propose", policy: { is: "newestWins", field: path } });
  };
  return (
    <Dialog title="Newest by a field" onClose={close}>
      <p class="muted">
        The side whose field is later is proposed for {plural(reach, "conflict")} in this list: a number, a
        Date, or an ISO 8601 text. A tie or anything else stays with you. Nothing is written.
      </p>
      <label class="field">
        <span class="sr">Field that tells which side is newer</span>
        <input
          data-testid="newest-field"
          spellcheck={false}
          autocomplete="off"
          placeholder="updatedAt or meta.updatedAt"
          value={field}
          onInput={(event) => setField(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter") propose();
          }}
        />
      </label>
      <div class="dialog-foot">
        <span class="grow" />
        <Button onPress={close}>Cancel</Button>
        <Button
          look="primary"
          testId="propose-newest"
          blockedBy={path === undefined ? "Name a field first" : undefined}
          onPress={propose}
        >
          Propose for {plural(reach, "conflict")}
        </Button>
      </div>
    </Dialog>
  );
}

import { useEffect, useState } from "preact/hooks";
import { toHex } from "../../../../core/key/hex.ts";
import { Glyph, Icon } from "../../components/icon.tsx";
import { type ConfirmationWords, confirmationWords } from "../../format/confirmation-words.ts";
import { usePanel } from "../../stores/panel.ts";
import { OUTCOME_WORDS } from "../plan/outcome-words.ts";

/** What came of a record when it was last to be written; nothing where its store has no mapping. */
export function LastConfirmation({ recordKey }: { recordKey: Uint8Array }) {
  const { activity, bridge, worker } = usePanel();
  const mapping = bridge.mapping.value?.id;
  const history = activity.history.value;
  const hex = toHex(recordKey);
  const [shown, setShown] = useState<{ hex: string; words: readonly ConfirmationWords[] } | undefined>();
  // Another history may have another answer; the key is its text.
  useEffect(() => {
    if (mapping === undefined) return;
    let isWanted = true;
    worker.api.lastConfirmation(mapping, recordKey).then(
      (found) => {
        if (isWanted) setShown({ hex, words: confirmationWords(found) });
      },
      (error: unknown) => {
        const text = `The history cannot be read: ${error instanceof Error ? error.message : String(error)}`;
        if (isWanted) setShown({ hex, words: [{ status: "none", text, title: text }] });
      },
    );
    return () => {
      isWanted = false;
    };
  }, [worker, mapping, hex, history]);
  if (mapping === undefined) return null;
  const words = shown?.hex === hex ? shown.words : undefined;
  return (
    <div class="confirmed" data-testid="last-confirmation" data-status={words?.[0]?.status}>
      {words === undefined ? (
        <span class="confirmed-line muted">Looking for its last confirmation</span>
      ) : (
        words.map(({ status, text, title }) => (
          <span class="confirmed-line" key={text} title={title}>
            {status === "none" ? (
              <Icon name="time" small />
            ) : (
              <Glyph name={OUTCOME_WORDS[status].glyph} tone={OUTCOME_WORDS[status].tone} />
            )}
            <span class={status === "none" ? "muted trunc" : "trunc"}>
              <bdi>{text}</bdi>
            </span>
          </span>
        ))
      )}
    </div>
  );
}

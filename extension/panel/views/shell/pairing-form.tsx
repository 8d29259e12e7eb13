import { useState } from "preact/hooks";
import { Button } from "../../components/button.tsx";
import { Icon } from "../../components/icon.tsx";
import { usePanel } from "../../stores/panel.ts";

/** One input that takes the whole pairing string, typed or pasted. */
export function PairingForm({ onPaired }: { onPaired?: () => void }) {
  const { bridge } = usePanel();
  const [text, setText] = useState("");
  const pairing = bridge.pairing.value;
  const problem = bridge.pairingError.value;
  const blockedBy = pairing
    ? "Pairing"
    : text.trim() === ""
      ? "Paste the line that the bridge printed: driftscope:PORT:ID:CODE"
      : undefined;

  async function pair(): Promise<void> {
    if (await bridge.pair(text)) {
      setText("");
      onPaired?.();
    }
  }

  return (
    <form
      class="pairing"
      onSubmit={(event) => {
        event.preventDefault();
        if (blockedBy === undefined) void pair();
      }}
    >
      <label class={`field${problem === undefined ? "" : " bad"}`}>
        <Icon name="link" />
        <input
          data-testid="pairing-input"
          aria-label="Pairing string of the bridge"
          aria-invalid={problem === undefined ? undefined : "true"}
          aria-describedby={problem === undefined ? undefined : "pairing-problem"}
          placeholder="driftscope:7411:…"
          autocomplete="off"
          spellcheck={false}
          value={text}
          onInput={(event) => {
            setText(event.currentTarget.value);
            bridge.pairingError.value = undefined;
          }}
        />
      </label>
      <Button look="primary" testId="pair" onPress={() => void pair()} blockedBy={blockedBy}>
        Pair
      </Button>
      {problem === undefined ? null : (
        <p class="field-problem" id="pairing-problem" role="alert">
          <Icon name="err" small />
          {problem.message}
        </p>
      )}
    </form>
  );
}

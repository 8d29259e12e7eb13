import { useEffect } from "preact/hooks";
import { Button } from "../../components/button.tsx";
import { Icon } from "../../components/icon.tsx";
import { DRAFTS_SNIPPET } from "../../format/draft-form.ts";
import { usePanel } from "../../stores/panel.ts";
import { CopyCommand } from "../shell/copy-command.tsx";
import { DraftForm } from "./draft-form.tsx";

/** Drafts a connection, or edits one that is kept, as far as the bridge's config file allows it. */
export function DraftEditor({ name, onDone }: { name: string | undefined; onDone: () => void }) {
  const { drafts } = usePanel();
  useEffect(() => void drafts.refresh(), [drafts]);
  const known = drafts.known.value;
  if (known?.rules !== undefined) {
    const before = known.drafts.find(({ draft }) => draft.name === name)?.draft;
    return <DraftForm rules={known.rules} before={before} onDone={onDone} />;
  }
  return (
    <>
      {known === undefined ? <NotKnown /> : <NotAllowed />}
      <div class="dialog-foot">
        <span class="grow" />
        <Button onPress={onDone}>Back</Button>
      </div>
    </>
  );
}

function NotKnown() {
  const { drafts } = usePanel();
  const error = drafts.error.value;
  if (error === undefined) return <p class="muted">Asking the bridge what it allows.</p>;
  return (
    <p class="field-problem" role="alert" data-testid="draft-error">
      <Icon name="err" small />
      <span>{error.message}</span>
    </p>
  );
}

function NotAllowed() {
  return (
    <div class="draft-snippet" data-testid="drafts-not-allowed">
      <p>
        A draft makes the bridge connect to a host that is named here, so its config file has to allow it. Add
        the hosts that may be drafted to driftscope.config.json, and start the bridge again:
      </p>
      <CopyCommand command={DRAFTS_SNIPPET} />
    </div>
  );
}

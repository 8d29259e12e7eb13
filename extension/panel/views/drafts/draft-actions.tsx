import { useState } from "preact/hooks";
import type { KeptDraft } from "../../../../core/protocol/connection-draft.ts";
import { Button } from "../../components/button.tsx";
import { copyText } from "../../format/copy-text.ts";
import { usePanel } from "../../stores/panel.ts";

/** What can be done with a draft that is kept. */
export function DraftActions({ kept }: { kept: KeptDraft }) {
  const { drafts, ui } = usePanel();
  const [copied, setCopied] = useState<boolean | undefined>(undefined);
  const [removing, setRemoving] = useState(false);
  const { draft, configuration } = kept;
  const { name } = draft;
  return (
    <>
      <div class="draft-actions">
        <Button
          label={`Edit ${name}`}
          onPress={() => {
            ui.draft.value = { name };
          }}
        >
          Edit…
        </Button>
        {configuration === undefined ? null : (
          <Button
            label={`Copy as configuration: ${name}`}
            title="For driftscope.config.json, where it can be given a level that writes"
            onPress={() => setCopied(copyText(configuration))}
          >
            Copy as configuration
          </Button>
        )}
        <Button
          label={`Remove ${name}`}
          title="The bridge forgets the draft; what it was compared with stays as it is."
          blockedBy={removing ? "It is being removed." : undefined}
          onPress={() => {
            setRemoving(true);
            void drafts.remove(name).then(() => setRemoving(false));
          }}
        >
          Remove
        </Button>
      </div>
      {copied === undefined ? null : (
        <div role="status" class="draft-configuration" data-testid="draft-configuration">
          <p class="hint">
            {copied ? "Copied." : "It could not be copied: select it here."} Put it into
            driftscope.config.json, where “level” says whether it is written to, start the bridge again, and
            remove the draft.
          </p>
          <pre class="mono">{configuration}</pre>
        </div>
      )}
    </>
  );
}

import { useState } from "preact/hooks";
import { Button } from "../../components/button.tsx";
import { Icon } from "../../components/icon.tsx";
import { copyText } from "../../format/copy-text.ts";

/** A command to run in a terminal, with a button that copies it. */
export function CopyCommand({ command }: { command: string }) {
  const [copied, setCopied] = useState(false);
  return (
    <div class="cmd">
      <code class="trunc" title={command}>
        {command}
      </code>
      <Button
        icon
        look="quiet"
        label={copied ? "Copied" : "Copy the command"}
        onPress={() => setCopied(copyText(command))}
      >
        <Icon name={copied ? "check" : "copy"} />
      </Button>
    </div>
  );
}

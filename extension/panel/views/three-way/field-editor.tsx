import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { Button } from "../../components/button.tsx";
import { Icon } from "../../components/icon.tsx";
import { formatNotation } from "../../format/notation/format-notation.ts";
import { parseNotation } from "../../format/notation/parse-notation.ts";
import { typeName } from "../../format/value-kinds.ts";

/** A value as text that parses back truthfully, or says where it is wrong. */
export function FieldEditor(props: {
  label: string;
  value: unknown;
  onSave: (value: unknown) => void;
  onCancel: () => void;
}) {
  const notation = useMemo(() => formatNotation(props.value), [props.value]);
  const [text, setText] = useState(notation.text);
  const parsed = useMemo(() => parseNotation(text, notation.kept), [text, notation]);
  const area = useRef<HTMLTextAreaElement>(null);
  useLayoutEffect(() => {
    area.current?.focus();
    area.current?.select();
  }, []);

  function onKeyDown(event: KeyboardEvent): void {
    // Keys of the merge view (1, 2, 3, E, N) are letters here.
    event.stopPropagation();
    if (event.key === "Escape") props.onCancel();
    else if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && parsed.ok) {
      event.preventDefault();
      props.onSave(parsed.value);
    }
  }

  return (
    <div class="editor">
      <textarea
        ref={area}
        class="edit-area"
        data-testid="edit-value"
        aria-label={`New value of ${props.label}`}
        aria-invalid={parsed.ok ? undefined : "true"}
        aria-describedby="edit-status"
        spellcheck={false}
        rows={Math.min(14, Math.max(2, text.split("\n").length))}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      <p id="edit-status" class={parsed.ok ? "hint" : "field-problem"} role="status">
        {parsed.ok ? (
          typeName(parsed.value)
        ) : (
          <>
            <Icon name="err" small />
            <span>
              Line {parsed.line}, column {parsed.column}: {parsed.message}
            </span>
          </>
        )}
      </p>
      <div class="row">
        <Button
          look="primary"
          testId="edit-save"
          title="Take this value (Ctrl Enter)"
          blockedBy={parsed.ok ? undefined : "The text is no value yet"}
          onPress={() => {
            if (parsed.ok) props.onSave(parsed.value);
          }}
        >
          Take this value
        </Button>
        <Button title="Leave the field as it was (Esc)" onPress={props.onCancel}>
          Cancel
        </Button>
      </div>
    </div>
  );
}

import { useState } from "preact/hooks";
import { encodeKey } from "../../../../core/key/encode-key.ts";
import { toHex } from "../../../../core/key/hex.ts";
import type { ScopeLiteral, ScopeParameter } from "../../../../core/mapping/scope.ts";
import { Button } from "../../components/button.tsx";
import { parsePath } from "../../format/path-input.ts";
import { allStores } from "../../stores/page.ts";
import { usePanel } from "../../stores/panel.ts";
import { asWorkerError } from "../../stores/worker-port.ts";
import { Select } from "./select.tsx";

/** A value that is read from another store of the page, once the person has seen it and agreed. */
export function ValueOfPage(props: {
  name: string;
  parameter: ScopeParameter | undefined;
  onChange: (parameter: ScopeParameter | undefined) => void;
}) {
  const { page, worker } = usePanel();
  const [isOpen, setOpen] = useState(false);
  const state = page.state.value;
  const stores = state.is === "ready" ? [...allStores(state.frames)] : [];
  const chosen = page.chosen.value?.ref;
  const own = stores.filter(({ ref }) => JSON.stringify(ref.frame) === JSON.stringify(chosen?.frame));
  const names = own.map(({ ref }) => ({
    value: JSON.stringify([ref.database, ref.store]),
    label: `${ref.store} in ${ref.database}`,
  }));
  const [store, setStore] = useState(names[0]?.value ?? "");
  const [key, setKey] = useState("");
  const [path, setPath] = useState("");
  const [seen, setSeen] = useState<{ from: ScopeParameter["from"]; value: ScopeLiteral } | undefined>();
  const [problem, setProblem] = useState<string | undefined>();

  if (props.parameter !== undefined) {
    const { from, consented } = props.parameter;
    return (
      <p class="map-consent" data-testid="consented">
        The value of <bdi class="mono">{from.path.join(".")}</bdi> in <bdi>{from.store}</bdi>, agreed to as{" "}
        <b class="mono">{JSON.stringify(consented)}</b>. When the page has another one, it is asked about
        again.{" "}
        <Button extra="mini" look="quiet" onPress={() => props.onChange(undefined)}>
          Type a value instead
        </Button>
      </p>
    );
  }
  if (!isOpen) {
    return (
      <Button extra="mini" look="quiet" testId="from-page" onPress={() => setOpen(true)}>
        Take the value from the page…
      </Button>
    );
  }

  async function look(): Promise<void> {
    const steps = parsePath(path);
    if (chosen === undefined || steps === undefined) {
      setProblem("Name the record's key and the field in it");
      return;
    }
    const [database, name] = JSON.parse(store) as [string, string];
    const number = Number(key);
    const typed = key.trim() !== "" && String(number) === key.trim() ? number : key;
    const from = { database, store: name, key: toHex(encodeKey(typed)), path: steps };
    try {
      setSeen({ from, value: await worker.api.scopeValue(chosen, from) });
      setProblem(undefined);
    } catch (thrown) {
      setSeen(undefined);
      setProblem(asWorkerError(thrown).message);
    }
  }

  return (
    <div class="map-line map-from">
      <Select label="Store that has the value" value={store} options={names} onChange={setStore} />
      <label class="field">
        <span class="sr">Key of the record that has the value</span>
        <input
          data-testid="value-key"
          value={key}
          placeholder="key"
          spellcheck={false}
          onInput={(event) => setKey(event.currentTarget.value)}
        />
      </label>
      <label class="field">
        <span class="sr">Field that has the value</span>
        <input
          data-testid="value-path"
          value={path}
          placeholder="field"
          spellcheck={false}
          onInput={(event) => setPath(event.currentTarget.value)}
        />
      </label>
      <Button testId="look" onPress={() => void look()}>
        Look
      </Button>
      {seen === undefined ? null : (
        <p class="map-consent" role="status">
          The page says <b class="mono">{JSON.stringify(seen.value)}</b>. It will be sent to the bridge as a
          bound value.{" "}
          <Button
            look="primary"
            testId="consent"
            onPress={() => props.onChange({ name: props.name, from: seen.from, consented: seen.value })}
          >
            Use this value
          </Button>
        </p>
      )}
      {problem === undefined ? null : (
        <p class="field-problem" role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}

import { useEffect, useState } from "preact/hooks";
import { Button } from "../../components/button.tsx";
import { StateCard } from "../../components/state-card.tsx";
import { usePanel } from "../../stores/panel.ts";
import { asWorkerError } from "../../stores/worker-port.ts";
import type { ChangedValue } from "../../worker/mapping/scope-values.ts";

/** The page has another value for the scope: the person sees it and agrees, or nothing happens. */
export function ScopeChanged() {
  const { bridge, sync, worker } = usePanel();
  const [changed, setChanged] = useState<readonly ChangedValue[]>([]);
  const [problem, setProblem] = useState<string | undefined>();
  const id = bridge.mapping.value?.id;
  useEffect(() => {
    if (id === undefined) return;
    worker.api.changedScope(id).then(setChanged, (thrown) => setProblem(asWorkerError(thrown).message));
  }, [id]);

  async function agree(): Promise<void> {
    if (id === undefined) return;
    try {
      const shown = Object.fromEntries(changed.map(({ name, is }) => [name, is]));
      await worker.api.consentToScope(id, shown);
      await bridge.readMappings();
      await sync.compare();
    } catch (thrown) {
      setProblem(asWorkerError(thrown).message);
    }
  }

  return (
    <StateCard
      name="scope-changed"
      role="alert"
      mark={{ icon: "warn", tone: "chg" }}
      head="The page has another value for this mapping’s scope"
      actions={
        <Button
          look="primary"
          testId="consent"
          blockedBy={changed.length === 0 ? "The value is being read" : undefined}
          onPress={() => void agree()}
        >
          {changed.length === 1
            ? `Use ${JSON.stringify(changed[0]?.is)} and compare`
            : "Use these values and compare"}
        </Button>
      }
    >
      {changed.map(({ name, was, is }) => (
        <p key={name}>
          <bdi class="mono">{name}</bdi> is <b class="mono">{JSON.stringify(is)}</b> now, and was{" "}
          <span class="mono">{JSON.stringify(was)}</span> when you agreed to it.
        </p>
      ))}
      <p>Nothing was read or written. Rows of another scope have a base of their own.</p>
      {problem === undefined ? null : <p class="field-problem">{problem}</p>}
    </StateCard>
  );
}

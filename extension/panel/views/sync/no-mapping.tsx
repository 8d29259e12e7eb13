import { useState } from "preact/hooks";
import { Button } from "../../components/button.tsx";
import { Refusal } from "../../components/refusal.tsx";
import { StateCard } from "../../components/state-card.tsx";
import { plural } from "../../format/numbers.ts";
import { usePanel } from "../../stores/panel.ts";
import type { ConnectionInfo } from "../../worker/api.ts";

/** The chosen store has no remote yet: one button makes the table and the mapping. */
export function NoMapping() {
  const { bridge, page, ui } = usePanel();
  const [picked, setPicked] = useState<string | undefined>(undefined);
  const chosen = page.chosen.value;
  const state = bridge.state.value;
  const connections = state.is === "ready" ? state.connections : [];
  const connection =
    picked ?? connections.find((one) => one.level !== "read-only")?.name ?? connections[0]?.name;
  const error = bridge.createError.value;
  const rows = chosen?.description.count;

  return (
    <StateCard
      name="no-mapping"
      mark={{ icon: "swap", tone: "acc" }}
      head={
        <>
          <bdi>{chosen?.ref.store}</bdi> has no remote yet
        </>
      }
      actions={
        <>
          <Button
            look="primary"
            testId="create-mapping"
            blockedBy={
              connection === undefined
                ? "The bridge serves no connection: add one to driftscope.config.json"
                : bridge.creating.value
                  ? "Creating it"
                  : undefined
            }
            onPress={() => {
              if (connection !== undefined) void bridge.createMapping(connection);
            }}
          >
            Create mapping
          </Button>
          <Button
            testId="map-table"
            blockedBy={connection === undefined ? "The bridge serves no connection" : undefined}
            onPress={() => {
              if (connection !== undefined) ui.mappingTo.value = { connection };
            }}
          >
            Map an existing table…
          </Button>
        </>
      }
    >
      {connections.length === 0 ? (
        <p>The bridge serves no connection. Add one to its driftscope.config.json and start it again.</p>
      ) : (
        <fieldset class="picks">
          <legend>
            Where should {rows === undefined ? "its records" : `its ${plural(rows, "record")}`} be compared?
          </legend>
          {connections.map((one) => (
            <label class="pick" key={one.name}>
              <input
                type="radio"
                name="connection"
                value={one.name}
                checked={one.name === connection}
                onChange={() => setPicked(one.name)}
              />
              <span class="trunc" title={connectionWords(one)}>
                {connectionWords(one)}
              </span>
            </label>
          ))}
        </fieldset>
      )}
      <Refusal error={error} />
    </StateCard>
  );
}

function connectionWords(connection: ConnectionInfo): string {
  const { name, backend, level, isDraft } = connection;
  if (level !== "read-only") return `New table in ${name} (${backend})`;
  return `What ${name} has of it already (${backend}, ${isDraft ? "draft, " : ""}read-only)`;
}

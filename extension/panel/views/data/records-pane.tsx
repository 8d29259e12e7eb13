import { Button } from "../../components/button.tsx";
import { Icon } from "../../components/icon.tsx";
import { StateCard } from "../../components/state-card.tsx";
import { count, plural } from "../../format/numbers.ts";
import { allStores } from "../../stores/page.ts";
import { usePanel } from "../../stores/panel.ts";
import { RecordsGrid } from "./records-grid.tsx";
import { keyPathText } from "./tree-nodes.ts";

/** The records of the chosen store, or how to begin. */
export function RecordsPane() {
  const { page, records, ui } = usePanel();
  const chosen = page.chosen.value;
  if (chosen === undefined) return <FirstRun />;
  const { description } = chosen;
  const indexes = description.indexes;
  return (
    <section class="pane" aria-label={`Records of ${chosen.ref.store}`} data-pane>
      <div class="bar wrap">
        <span class="only-narrow">
          <Button
            popup="tree"
            expanded={ui.storePicker.value}
            title={`${chosen.ref.database} › ${chosen.ref.store}: choose another store`}
            onPress={() => {
              ui.storePicker.value = !ui.storePicker.value;
            }}
          >
            <Icon name="store" />
            <bdi class="trunc">{chosen.ref.store}</bdi>
            <Icon name="down" small />
          </Button>
        </span>
        <span class="at-medium row">
          <b class="mono trunc">
            <bdi>{chosen.ref.store}</bdi>
          </b>
          <span class="muted trunc" title={`key path ${keyPathText(description.keyPath)}`}>
            key {keyPathText(description.keyPath)}
            {description.autoIncrement ? ", generated" : ""}
          </span>
        </span>
        <span class="grow" />
        {indexes.length === 0 ? null : (
          <label class="row order">
            <span class="muted at-medium">Order</span>
            <select
              class="select"
              aria-label="Order by key or index"
              value={records.index.value ?? ""}
              onChange={(event) => records.sortBy(event.currentTarget.value || undefined)}
            >
              <option value="">by key</option>
              {indexes.map((index) => (
                <option key={index.name} value={index.name}>
                  {index.name}
                </option>
              ))}
            </select>
          </label>
        )}
        <span class="muted nowrap" data-testid="row-count" data-count={records.total.value} role="status">
          {records.loaded.value
            ? plural(
                records.total.value,
                records.index.value === undefined ? "record" : "entry",
                records.index.value === undefined ? "records" : "entries",
              )
            : ""}
        </span>
        <Button icon look="quiet" label="Read the records again" onPress={() => void records.reload()}>
          <Icon name="refresh" />
        </Button>
      </div>
      <Records />
    </section>
  );
}

function Records() {
  const { page, records } = usePanel();
  const store = page.chosen.value?.ref.store;
  const error = records.error.value;
  if (error !== undefined && records.total.value === 0)
    return (
      <div class="scroll lone-box" tabIndex={0} role="group" aria-label="State">
        <StateCard
          name={
            error.code === "blocked" || error.code === "upgrading"
              ? "blocked"
              : error.code === "paused"
                ? "paused"
                : "error"
          }
          role="alert"
          mark={{ icon: "err", tone: "rem" }}
          head={
            <>
              <bdi>{store}</bdi> could not be read
            </>
          }
          actions={
            <Button onPress={() => void records.reload()}>
              <Icon name="refresh" />
              Try again
            </Button>
          }
        >
          <p>{error.message}</p>
        </StateCard>
      </div>
    );
  if (records.loaded.value && records.total.value === 0)
    return (
      <div class="lone-box">
        <StateCard
          name="empty"
          role="status"
          mark={{ icon: "store", tone: "off" }}
          head={
            <>
              <bdi>{store}</bdi> is empty
            </>
          }
          actions={
            <Button onPress={() => void records.reload()}>
              <Icon name="refresh" />
              Read again
            </Button>
          }
        >
          <p>
            {records.index.value === undefined
              ? "It has no record."
              : "No record has a valid key for this index."}
          </p>
        </StateCard>
      </div>
    );
  // Another list begins at its top, wherever the one before it was left.
  return <RecordsGrid key={JSON.stringify([page.chosen.value?.ref, records.index.value])} />;
}

function FirstRun() {
  const { page, ui } = usePanel();
  const state = page.state.value;
  const stores = state.is === "ready" ? [...allStores(state.frames)] : [];
  const largest = stores.reduce<(typeof stores)[number] | undefined>(
    (best, store) => ((store.description.count ?? 0) > (best?.description.count ?? -1) ? store : best),
    undefined,
  );
  return (
    <section class="pane" aria-label="Records" data-pane>
      <div class="scroll lone-box" tabIndex={0} role="group" aria-label="State">
        <StateCard
          name="first-run"
          mark="logo"
          head="See what drifted"
          actions={
            <>
              <Button
                look="primary"
                onPress={() => {
                  if (largest !== undefined) page.choose(largest.ref);
                }}
              >
                Look at the data
              </Button>
              <Button
                onPress={() => {
                  ui.dialog.value = "bridge";
                }}
              >
                Connect a bridge
              </Button>
            </>
          }
        >
          <p>
            This page has {plural(stores.length, "store")}
            {largest?.description.count === undefined
              ? ""
              : `, the largest with ${count(largest.description.count)} records`}
            . Driftscope reads them as they are. With a bridge it compares a store with a remote, record by
            record. Nothing is written until you have seen the plan.
          </p>
        </StateCard>
      </div>
    </section>
  );
}

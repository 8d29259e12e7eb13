import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Button } from "../../components/button.tsx";
import { Refusal } from "../../components/refusal.tsx";
import { usePanel } from "../../stores/panel.ts";
import type { MappingInfo } from "../../worker/api.ts";

/** What ends with a mapping and what stays, before it goes. */
export function RemoveMapping(props: { mapping: MappingInfo; onKeep: () => void; onRemoved: () => void }) {
  const { bridge, queue, sync } = usePanel();
  const { mapping } = props;
  const form = useRef<HTMLDivElement>(null);
  const [removing, setRemoving] = useState(false);
  // What led here is gone, and what had the focus with it.
  useLayoutEffect(() => form.current?.querySelector("button")?.focus(), []);
  const error = bridge.settingsError.value;
  const where = mapping.settings.columns === undefined ? "The collection" : "The table";
  const ends = [
    ...(mapping.keep === undefined ? [] : ["keeping it in sync"]),
    ...(mapping.tell === undefined ? [] : ["telling what the page writes"]),
  ];
  const blockedBy = removing
    ? "Removing it"
    : sync.running.value !== undefined
      ? "A compare is running"
      : queue.isMappingWaiting.value
        ? "Writes of it wait in the bridge’s queue: remove them there first, or wait for their end"
        : undefined;

  async function remove(): Promise<void> {
    setRemoving(true);
    const isRemoved = await bridge.removeMapping(mapping.id);
    setRemoving(false);
    if (isRemoved) props.onRemoved();
  }

  return (
    <div ref={form} class="remove-mapping" data-testid="remove-mapping-form">
      <p>
        <b>
          <bdi>{mapping.ref.store}</bdi> will not be compared with <bdi>{mapping.collection}</bdi> in{" "}
          <bdi>{mapping.connection}</bdi> any more.
        </b>{" "}
        It can be mapped to another place then.
      </p>
      <p>
        No record is deleted, here or there. {where} stays as it is. The base and the history stay in this
        browser, and are there again when the store is mapped to the same place; Settings can forget them.
      </p>
      {ends.length === 0 ? null : <p>What ends: {ends.join(", and ")}.</p>}
      <Refusal error={error} />
      <div class="dialog-foot">
        <span class="grow" />
        <Button onPress={props.onKeep}>Keep it</Button>
        <Button
          look="danger"
          testId="confirm-remove-mapping"
          blockedBy={blockedBy}
          onPress={() => void remove()}
        >
          Remove mapping
        </Button>
      </div>
    </div>
  );
}

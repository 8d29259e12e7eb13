import { useState } from "preact/hooks";
import { Button } from "../../components/button.tsx";
import { Dialog } from "../../components/dialog.tsx";
import { NumberField, numberProblem } from "../../components/number-field.tsx";
import { keepWords } from "../../format/keep-words.ts";
import { policyWords } from "../../format/policy-words.ts";
import { usePanel } from "../../stores/panel.ts";
import type { MappingInfo } from "../../worker/api.ts";
import {
  DEFAULT_KEEP_SETTINGS,
  type KeepSettings,
  LONGEST_INTERVAL_SECONDS,
  SHORTEST_INTERVAL_SECONDS,
} from "../../worker/keep/keep-state.ts";

const DIGITS = 4;
const INTERVALS = { least: SHORTEST_INTERVAL_SECONDS, most: LONGEST_INTERVAL_SECONDS, digits: DIGITS };
const LIMITS = { least: 0, most: 100, digits: DIGITS };

/** Says what keeping in sync does before it begins, and how it is set; where it is on, ends it. */
export function KeepDialog() {
  const { bridge, ui } = usePanel();
  const mapping = bridge.mapping.value;
  if (mapping === undefined) return null;
  const close = () => {
    ui.dialog.value = "none";
  };
  return (
    <Dialog title="Keep in sync" onClose={close}>
      <KeepForm mapping={mapping} onClose={close} />
    </Dialog>
  );
}

function KeepForm({ mapping, onClose }: { mapping: MappingInfo; onClose: () => void }) {
  const { keep } = usePanel();
  const state = keep.state.value;
  const before = mapping.keep ?? DEFAULT_KEEP_SETTINGS;
  const [interval, setInterval] = useState(String(before.intervalSeconds));
  const [limit, setLimit] = useState(String(before.limitPercent));
  const [watchWrites, setWatchWrites] = useState(before.watchWrites);
  const [unasked, setUnasked] = useState(before.unasked);
  const asks = mapping.level === "confirm";
  const intervalProblem = numberProblem(interval, INTERVALS);
  const limitProblem = numberProblem(limit, LIMITS);
  const blockedBy =
    intervalProblem !== undefined
      ? `Interval: ${intervalProblem}`
      : limitProblem !== undefined
        ? `Limit: ${limitProblem}`
        : asks && !unasked
          ? "This connection wants every apply confirmed: agree to rounds without it first"
          : undefined;

  function save(): void {
    if (blockedBy !== undefined) return;
    const settings: KeepSettings = {
      intervalSeconds: Number(interval),
      limitPercent: Number(limit),
      watchWrites,
      unasked: asks ? unasked : before.unasked,
    };
    onClose();
    void keep.set(settings);
  }

  return (
    <div class="keep-form" data-testid="keep-form">
      {state === undefined ? null : (
        <p>
          <b>{keepWords(state).short}.</b> {keepWords(state).long}
        </p>
      )}
      <WhatItDoes mapping={mapping} />
      <div class="limits">
        <NumberField
          id="keep-interval"
          label="A round at least every"
          unit="seconds"
          text={interval}
          problem={intervalProblem}
          onText={setInterval}
        />
        <NumberField
          id="keep-limit"
          label="Pause above"
          unit="% of a side’s records"
          text={limit}
          problem={limitProblem}
          onText={setLimit}
        />
      </div>
      <label class="pick">
        <input
          type="checkbox"
          data-testid="keep-watch"
          checked={watchWrites}
          onChange={(event) => setWatchWrites(event.currentTarget.checked)}
        />
        <span>
          Watch the page’s writes{" "}
          <span class="muted">
            A round follows each write and reads changed keys alone. The page’s storage functions are wrapped
            meanwhile.
          </span>
        </span>
      </label>
      {asks ? (
        <label class="pick">
          <input
            type="checkbox"
            data-testid="keep-unasked"
            checked={unasked}
            onChange={(event) => setUnasked(event.currentTarget.checked)}
          />
          <span>
            Rounds write without asking{" "}
            <span class="muted">
              <bdi>{mapping.connection}</bdi> wants every apply confirmed. This confirms those of the rounds.
            </span>
          </span>
        </label>
      ) : null}
      <div class="dialog-foot">
        {state === undefined ? null : (
          <Button
            testId="end-keeping"
            onPress={() => {
              onClose();
              void keep.set(undefined);
            }}
          >
            End keeping in sync
          </Button>
        )}
        <span class="grow" />
        <Button onPress={onClose}>Cancel</Button>
        <Button look="primary" testId="keep-in-sync" blockedBy={blockedBy} onPress={save}>
          {state === undefined ? "Keep in sync" : "Save"}
        </Button>
      </div>
    </div>
  );
}

function WhatItDoes({ mapping }: { mapping: MappingInfo }) {
  const { policy = { is: "manual" as const } } = mapping.settings;
  const readOnly = mapping.level === "read-only";
  return (
    <ul class="keep-what">
      <li>
        {readOnly ? (
          <>What changed there is pulled. Nothing is pushed: the remote can only be read.</>
        ) : (
          <>
            What one side alone added, changed or removed is pushed or pulled; what is only on one side is
            made on the other.
          </>
        )}
      </li>
      <li>
        {policy.is === "manual" ? (
          <>Conflicts wait for you in the list.</>
        ) : (
          <>
            Conflicts go by the policy <b>{policyWords(policy)}</b>; what it leaves waits for you in the list.
          </>
        )}
      </li>
      <li>What an emptied or recreated side lacks is never taken from the other.</li>
      <li>Every round is in the history, and can be undone. It runs while a panel is open on this page.</li>
    </ul>
  );
}

import type { ComponentChildren } from "preact";
import { useMemo, useState } from "preact/hooks";
import type { Slot } from "../../../../core/merge/slot.ts";
import type { BaseEntry, RecordRead } from "../../../../core/session/ports.ts";
import { Glyph, Icon } from "../../components/icon.tsx";
import { PathWords } from "../../components/path-words.tsx";
import { DifferenceValue } from "../../components/value/difference-value.tsx";
import { InlineValue } from "../../components/value/inline-value.tsx";
import { baseAt, fieldDifferences, slotAt } from "../../format/field-differences.ts";
import { keyText } from "../../format/key-text.ts";
import { plural } from "../../format/numbers.ts";
import { type CellValue, readCell } from "../../format/read-value.ts";
import { typeName } from "../../format/value-kinds.ts";
import { usePanel } from "../../stores/panel.ts";
import type { DriftDetail, DriftRow } from "../../worker/api.ts";

/** Both sides of a drift field by field, with the base between them where both moved away from it. */
export function DetailFields({ detail }: { detail: DriftDetail }) {
  const { bridge } = usePanel();
  const [changedOnly, setChangedOnly] = useState(true);
  const local = useMemo(() => readCell(detail.local), [detail.local]);
  const remote = useMemo(() => readCell(detail.remote), [detail.remote]);
  const base = useMemo(() => (detail.base === undefined ? undefined : readCell(detail.base)), [detail.base]);
  // Where one side still is as the base, a column for the base would say nothing new.
  const ancestor =
    base?.is === "value" && detail.row.here !== "none" && detail.row.there !== "none" ? base : undefined;
  const identities = bridge.mapping.value?.settings.identities;
  const differences = useMemo(
    () =>
      local.is === "value" && remote.is === "value"
        ? fieldDifferences(local.value, remote.value, identities)
        : undefined,
    [local, remote, identities],
  );
  // Colours follow the proposal: green is what stays, red is what is replaced.
  const stays = stayingSide(detail.row.decision.do);
  return (
    <div
      class={`fd scroll${ancestor === undefined ? "" : " with-base"}`}
      id="drift-fields"
      role="table"
      aria-label={`Fields of ${keyText(detail.row.key).text}`}
      tabIndex={0}
    >
      {detail.refreshed ? (
        <p class="note unk" role="status">
          <Icon name="clock" />
          <span>It moved since the compare: this is what is there now.</span>
        </p>
      ) : null}
      <div class="frow fhead" role="row">
        <div role="columnheader">Field</div>
        <div role="columnheader">
          <Icon name="page" />
          Local <span class="type trunc">{sideNote(detail.local, detail, "local")}</span>
        </div>
        {ancestor === undefined ? null : (
          <div role="columnheader">
            <Icon name="base" />
            Base
          </div>
        )}
        <div role="columnheader">
          <Icon name="remote" />
          Remote <span class="type trunc">{sideNote(detail.remote, detail, "remote")}</span>
        </div>
      </div>
      {differences === undefined ? (
        <OneSided local={local} remote={remote} detail={detail} stays={stays} ancestor={ancestor} />
      ) : (
        <>
          {differences.changed.map((field) => (
            <div class="frow" role="row" key={field.path} data-testid="difference" data-path={field.path}>
              <FieldName path={field.path} local={field.local} remote={field.remote} />
              <SideCell side={field.local} other={field.remote} tone={toneOf(stays, "local")} />
              {ancestor === undefined ? null : <BaseCell slot={baseAt(ancestor.value, field)} />}
              <SideCell side={field.remote} other={field.local} tone={toneOf(stays, "remote")} />
            </div>
          ))}
          {differences.equal.length === 0 ? null : changedOnly ? (
            <div class="frow" role="row">
              <div class="fk" role="rowheader">
                <Glyph name="none" tone="off" />
                <button type="button" class="door" onClick={() => setChangedOnly(false)}>
                  {plural(differences.equal.length, "field")}
                </button>
              </div>
              <div role="cell">
                <span class="eq">equal</span>
              </div>
              {ancestor === undefined ? null : <div role="cell" />}
              <div role="cell">
                <span class="eq">equal</span>
              </div>
            </div>
          ) : (
            differences.equal.map((field) => (
              <div class="frow" role="row" key={field.name}>
                <div class="fk" role="rowheader">
                  <Glyph name="none" tone="off" />
                  <bdi class="muted">{field.name}</bdi>
                </div>
                <div role="cell">
                  <InlineValue value={field.value} />
                </div>
                {ancestor === undefined ? null : <div role="cell" />}
                <div role="cell">
                  <span class="eq">equal</span>
                </div>
              </div>
            ))
          )}
        </>
      )}
      <Facts detail={detail} base={base} inColumn={ancestor !== undefined} />
    </div>
  );
}

type Stays = "local" | "remote" | "neither";

function stayingSide(decision: DriftRow["decision"]["do"]): Stays {
  return decision === "push" ? "local" : decision === "pull" ? "remote" : "neither";
}

function toneOf(stays: Stays, side: "local" | "remote"): "now" | "was" | "open" {
  return stays === "neither" ? "open" : stays === side ? "now" : "was";
}

function FieldName({ path, local, remote }: { path: string; local: Slot; remote: Slot }) {
  const only = !local.present || !remote.present;
  return (
    <div class="fk" role="rowheader">
      <Glyph name={only ? "add" : "chg"} tone={only ? "add" : "chg"} />
      <PathWords path={path || "value"} />
    </div>
  );
}

function SideCell({ side, other, tone }: { side: Slot; other: Slot; tone: "now" | "was" | "open" }) {
  if (!side.present)
    return (
      <div role="cell">
        <span class="v-miss">missing</span>
      </div>
    );
  const isOnly = !other.present;
  return (
    <div role="cell" class={tone === "open" ? "either" : tone}>
      {isOnly ? (
        <>
          <span class="type">{typeName(side.value)}</span> <DifferenceValue value={side.value} mark="ins" />
        </>
      ) : (
        <DifferenceValue value={side.value} other={other} mark={tone === "was" ? "del" : "ins"} />
      )}
    </div>
  );
}

function BaseCell({ slot }: { slot: Slot }) {
  return (
    <div role="cell">
      {slot.present ? (
        <InlineValue value={slot.value} options={{ budget: 400, fullDates: true }} />
      ) : (
        <span class="v-miss">missing</span>
      )}
    </div>
  );
}

/** A record that only one side holds, or that cannot be read: the one there is, field by field. */
function OneSided(props: {
  local: CellValue;
  remote: CellValue;
  detail: DriftDetail;
  stays: Stays;
  ancestor: { readonly value: unknown } | undefined;
}) {
  const { local, remote, stays, ancestor } = props;
  const whole = local.is === "value" ? local.value : remote.is === "value" ? remote.value : undefined;
  const side = local.is === "value" ? "local" : "remote";
  const fields: readonly (readonly [string, unknown])[] =
    typeof whole === "object" && whole !== null && Object.getPrototypeOf(whole) === Object.prototype
      ? Object.entries(whole)
      : whole === undefined && local.is !== "value" && remote.is !== "value"
        ? []
        : [["", whole]];
  const cell = (at: "local" | "remote", value: unknown) =>
    at === side ? (
      <div role="cell" class={toneOf(stays, at) === "open" ? "either" : toneOf(stays, at)}>
        <InlineValue value={value} options={{ budget: 400, fullDates: true }} />
      </div>
    ) : (
      <div role="cell">
        <span class="v-miss">missing</span>
      </div>
    );
  if (fields.length === 0)
    return (
      <div class="frow" role="row">
        <div class="fk" role="rowheader">
          record
        </div>
        <AbsentCell read={props.detail.local} value={local} />
        {ancestor === undefined ? null : <div role="cell" />}
        <AbsentCell read={props.detail.remote} value={remote} />
      </div>
    );
  return (
    <>
      {local.is === "value" && remote.is === "value" ? null : (
        <div class="frow" role="row">
          <div class="fk" role="rowheader">
            <span class="muted">record</span>
          </div>
          <AbsentCell read={props.detail.local} value={local} />
          {ancestor === undefined ? null : (
            <div role="cell">
              <span class="eq">present</span>
            </div>
          )}
          <AbsentCell read={props.detail.remote} value={remote} />
        </div>
      )}
      {fields.map(([name, value]) => (
        <div class="frow" role="row" key={name}>
          <div class="fk" role="rowheader">
            <Glyph name="none" tone="off" />
            <bdi>{name || "value"}</bdi>
          </div>
          {cell("local", value)}
          {ancestor === undefined ? null : (
            <BaseCell slot={slotAt(ancestor.value, name === "" ? [] : [name])} />
          )}
          {cell("remote", value)}
        </div>
      ))}
    </>
  );
}

function AbsentCell({ read, value }: { read: RecordRead; value: CellValue }) {
  if (value.is === "unreadable")
    return (
      <div role="cell">
        <span class="v-bad">cannot be read: {value.reason}</span>
      </div>
    );
  if (value.is === "value")
    return (
      <div role="cell">
        <span class="eq">present</span>
      </div>
    );
  return (
    <div role="cell">
      <span class="eq">{read.state === "deleted" ? "deleted" : "not there"}</span>
    </div>
  );
}

function sideNote(read: RecordRead, detail: DriftDetail, side: "local" | "remote"): string {
  if (read.state === "notRepresentable") return "not representable there";
  if (read.state !== "present")
    return read.state === "deleted" ? "deleted" : read.state === "absent" ? "not there" : "unreadable";
  const change = side === "local" ? detail.row.here : detail.row.there;
  if (detail.row.noBase) return "no base";
  return change === "none" ? "= base" : change;
}

/** Why one side can never hold what the other one has. */
function unrepresentable({ local, remote }: DriftDetail): string | undefined {
  const read = [local, remote].find(({ state }) => state === "notRepresentable");
  return read?.reason;
}

function Facts(props: { detail: DriftDetail; base: CellValue | undefined; inColumn: boolean }) {
  const { detail, base } = props;
  const blocked = detail.local.blocked ?? detail.remote.blocked ?? unrepresentable(detail);
  return (
    <div role="row">
      <div role="cell">
        <dl class="kv why">
          {blocked === undefined ? null : (
            <>
              <dt>Not written</dt>
              <dd>{blocked}</dd>
            </>
          )}
          {detail.row.reason === undefined ? null : (
            <>
              <dt>Proposal</dt>
              <dd>
                <bdi>{detail.row.reason}</bdi>
              </dd>
            </>
          )}
          <dt>Base</dt>
          <dd>
            {props.inColumn ? "equal on both sides, as the column shows" : baseWords(detail.base, base)}
          </dd>
          {detail.remote.token === undefined ? null : (
            <>
              <dt>Version there</dt>
              <dd class="mono">
                <bdi>{detail.remote.token}</bdi>
              </dd>
            </>
          )}
        </dl>
      </div>
    </div>
  );
}

function baseWords(entry: BaseEntry | undefined, value: CellValue | undefined): ComponentChildren {
  if (entry === undefined) return "none: this record was absent on both sides, or never compared";
  switch (entry.state) {
    case "noBase":
      return "none: the two sides were never seen equal";
    case "absent":
      return "absent on both sides";
    case "deleted":
      return "deleted on both sides";
    case "present":
      return value?.is === "value" ? (
        <InlineValue value={value.value} options={{ budget: 300 }} />
      ) : (
        "equal on both sides then; its body was not kept"
      );
  }
}

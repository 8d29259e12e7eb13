import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { RecheckedKeys } from "../../../../core/session/drift.ts";
import { Button } from "../../components/button.tsx";
import { Icon } from "../../components/icon.tsx";
import { StateCard } from "../../components/state-card.tsx";
import { copyText } from "../../format/copy-text.ts";
import { earlierPartWords, extentWords, verifiedWords } from "../../format/extent-words.ts";
import { clock, duration, plural } from "../../format/numbers.ts";
import { usePanel } from "../../stores/panel.ts";
import type { BridgeState, CompareSummary, WorkerError } from "../../worker/api.ts";
import { ScopeChanged } from "../mapping/scope-changed.tsx";
import { CopyCommand } from "../shell/copy-command.tsx";
import { PairingForm } from "../shell/pairing-form.tsx";
import { usePageProblem } from "../states/page-problem.tsx";
import { CancelCompare, CompareLanes, Pace } from "./compare-progress.tsx";
import { CompareAll, RecheckedWords } from "./extent-bands.tsx";
import { NoMapping } from "./no-mapping.tsx";
import { AsOf, RefreshRemote } from "./remote-as-of.tsx";
import { StoppedCompare } from "./stopped-compare.tsx";

/** The card that takes the place of the list, or undefined when there is a list to show. */
export function useSyncState(): ComponentChildren | undefined {
  const { page, bridge, sync } = usePanel();
  const problem = usePageProblem();
  if (problem !== undefined) return problem;

  const connection = bridge.state.value;
  if (connection.is !== "ready" && sync.summary.value === undefined) return <NoBridge state={connection} />;
  if (page.chosen.value === undefined) return <ChooseStore />;
  if (bridge.mapping.value === undefined) return <NoMapping />;

  const running = sync.running.value;
  const summary = sync.summary.value;
  const error = sync.error.value;
  if (running !== undefined && summary === undefined)
    return (
      <StateCard
        name="comparing"
        role="status"
        mark={{ icon: "spin", tone: "acc" }}
        head={
          <>
            {running.cancelling ? "Stopping the compare of " : "Comparing "}
            <bdi>{page.chosen.value.ref.store}</bdi>
          </>
        }
        actions={<CancelCompare running={running} />}
      >
        <CompareLanes running={running} />
        <p>
          <Pace running={running} />. {plural(running.progress.drifts, "difference")} so far.
        </p>
      </StateCard>
    );
  if (error?.code === "scope-changed" && running === undefined) return <ScopeChanged />;
  if (error !== undefined && running === undefined) return <CompareError error={error} />;
  if (summary === undefined && sync.stopped.value !== undefined)
    return <StoppedCompare stopped={sync.stopped.value} />;
  if (summary === undefined) return <NotCompared />;
  if (summary.complete && summary.driftCount === 0 && running === undefined) return <InSync />;
  return undefined;
}

function NoBridge({ state }: { state: Exclude<BridgeState, { is: "ready" }> }) {
  const { bridge } = usePanel();
  switch (state.is) {
    case "connecting":
      return (
        <StateCard
          name="connecting"
          role="status"
          mark={{ icon: "spin", tone: "acc" }}
          head="Connecting to the bridge"
        >
          <p>On 127.0.0.1:{state.port}.</p>
        </StateCard>
      );
    case "not-running":
      return (
        <StateCard
          name="no-bridge"
          role="status"
          mark={{ icon: "unplug", tone: "chg" }}
          head="The bridge is not running"
          actions={
            <>
              <Button onPress={() => void bridge.reconnect()}>
                <Icon name="refresh" />
                Try now
              </Button>
              {state.retryAt === undefined ? null : <Countdown until={state.retryAt} />}
            </>
          }
        >
          <p>
            Nothing answers on 127.0.0.1:{state.port}. Looking at this page works without it. To compare with
            a remote, run this in your project:
          </p>
          <CopyCommand command="npx driftscope bridge" />
        </StateCard>
      );
    case "refused":
      return (
        <StateCard
          name={state.code.startsWith("code-") ? "wrong-code" : "refused"}
          role="alert"
          mark={{ icon: "err", tone: "rem" }}
          head="The bridge refused this panel"
          actions={
            <Button onPress={() => void bridge.reconnect()}>
              <Icon name="refresh" />
              Try now
            </Button>
          }
        >
          <p>{state.reason}</p>
          <p>To pair anew, paste the line that the bridge prints.</p>
          <PairingForm />
        </StateCard>
      );
    case "not-paired":
      return (
        <StateCard
          name={bridge.pairingError.value?.code.startsWith("code-") ? "wrong-code" : "not-paired"}
          mark={{ icon: "link", tone: "acc" }}
          head="Connect a bridge"
        >
          <p>
            The bridge compares this page with a remote and keeps its passwords. Run this in your project,
            then paste the line that it prints:
          </p>
          <CopyCommand command="npx driftscope bridge" />
          <PairingForm />
        </StateCard>
      );
  }
}

function Countdown({ until }: { until: number }) {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, []);
  const seconds = Math.max(0, Math.ceil((until - now) / 1000));
  return <span class="hint">{seconds === 0 ? "Looking again" : `Looking again in ${seconds} s`}</span>;
}

function ChooseStore() {
  const { ui } = usePanel();
  return (
    <StateCard
      name="no-store"
      mark={{ icon: "store", tone: "acc" }}
      head="Choose a store to compare"
      actions={
        <Button
          look="primary"
          onPress={() => {
            ui.tab.value = "data";
          }}
        >
          Look at the data
        </Button>
      }
    >
      <p>Choose it above, or in the tree of the Data view.</p>
    </StateCard>
  );
}

function NotCompared() {
  const { bridge, page, sync } = usePanel();
  const mapping = bridge.mapping.value;
  return (
    <StateCard
      name="not-compared"
      mark="logo"
      head={
        <>
          <bdi>{page.chosen.value?.ref.store}</bdi> and <bdi>{mapping?.collection}</bdi> were not compared yet
        </>
      }
      actions={
        <Button look="primary" onPress={() => void sync.compare()}>
          <Icon name="refresh" />
          Compare now
        </Button>
      }
    >
      <p>A compare reads keys and digests of both sides and writes nothing.</p>
    </StateCard>
  );
}

function InSync() {
  const { sync } = usePanel();
  const summary = sync.summary.value;
  if (summary === undefined) return null;
  if (summary.rechecked !== undefined)
    return <NoDriftFound summary={summary} rechecked={summary.rechecked} />;
  const empty = summary.counts.equal === 0;
  const because = summary.fullBecause;
  const asOf = summary.remoteAsOf;
  return (
    <StateCard
      name={empty ? "empty" : "in-sync"}
      role="status"
      mark={asOf === undefined ? "logo-sync" : "logo"}
      head={inSyncHead(summary, empty)}
      actions={
        <>
          {asOf === undefined ? null : <RefreshRemote />}
          <Button testId="compare-again" onPress={() => void sync.compare()}>
            <Icon name="refresh" />
            Compare again
          </Button>
        </>
      }
    >
      <p>
        <span data-testid="equal-count" data-count={summary.counts.equal}>
          {plural(summary.counts.equal, "key")}
        </span>{" "}
        compared at {clock(summary.finishedAt)}, {extentWords(summary)}
        {summary.earlierPart === undefined ? `, ${duration(summary.finishedAt - summary.startedAt)}` : ""}.
        {empty
          ? " There is nothing to sync."
          : ` Equal by digest${asOf === undefined ? "; the base is renewed" : ""}.`}
      </p>
      {asOf === undefined ? null : (
        <p>
          <AsOf at={asOf} /> What others wrote there since is not in this.
        </p>
      )}
      {summary.earlierPart === undefined ? null : <p>{earlierPartWords(summary.earlierPart)}</p>}
      {because?.reason === "remoteGoneBack" ? <p>{because.detail}</p> : null}
    </StateCard>
  );
}

/** Nothing is called equal without saying of when it is. */
function inSyncHead({ earlierPart, remoteAsOf }: CompareSummary, empty: boolean): string {
  const head = empty ? "Both sides are empty" : "Equal on both sides";
  if (remoteAsOf !== undefined) return `${head}, the remote as of ${clock(remoteAsOf)}`;
  return empty || earlierPart === undefined ? head : `${head}, each key when it was compared`;
}

/** Never "equal": only what was told to have changed was looked at. */
function NoDriftFound({ summary, rechecked }: { summary: CompareSummary; rechecked: RecheckedKeys }) {
  const { sync } = usePanel();
  const surprised = (rechecked.verified?.surprises ?? 0) > 0;
  return (
    <StateCard
      name="rechecked"
      role="status"
      mark="logo"
      head={
        rechecked.keys === 0 ? "Nothing is known to have changed" : "Changed keys rechecked: no drift found"
      }
      actions={
        <>
          <CompareAll primary={surprised} />
          <Button testId="compare-again" onPress={() => void sync.compare()}>
            <Icon name="refresh" />
            Compare again
          </Button>
        </>
      }
    >
      {surprised ? <p role="alert">{verifiedWords(rechecked)}</p> : null}
      <p>
        {plural(rechecked.keys, "changed key")} rechecked at {clock(summary.finishedAt)},{" "}
        {duration(summary.finishedAt - summary.startedAt)}.
      </p>
      <p>
        <RecheckedWords rechecked={rechecked} />
      </p>
    </StateCard>
  );
}

/** Compared again it is the same: what the mapping leads to is not there. */
const LEADS_NOWHERE: ReadonlySet<string> = new Set(["other-bridge", "unknown-connection"]);

function CompareError({ error }: { error: WorkerError }) {
  const { sync, ui } = usePanel();
  return (
    <StateCard
      name="error"
      role="alert"
      mark={{ icon: "err", tone: "rem" }}
      head="The compare could not finish"
      actions={
        <>
          <Button look="primary" onPress={() => void sync.compare()}>
            <Icon name="refresh" />
            Compare again
          </Button>
          {LEADS_NOWHERE.has(error.code) ? (
            <Button
              popup="dialog"
              onPress={() => {
                ui.dialog.value = "mapping";
              }}
            >
              <Icon name="edit" />
              Settings of this mapping
            </Button>
          ) : null}
          <Button
            look="quiet"
            onPress={() => void copyText(`${error.code}: ${error.message}\n${error.details ?? ""}`)}
          >
            <Icon name="copy" />
            Copy details
          </Button>
        </>
      }
    >
      <p>{error.message} Nothing was changed.</p>
      <p class="hint">
        Code: <span class="mono">{error.code}</span>
      </p>
    </StateCard>
  );
}

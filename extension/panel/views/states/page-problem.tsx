import type { ComponentChildren } from "preact";
import { Button } from "../../components/button.tsx";
import { Icon } from "../../components/icon.tsx";
import { StateCard } from "../../components/state-card.tsx";
import { allStores } from "../../stores/page.ts";
import { usePanel } from "../../stores/panel.ts";

/** The card for a page whose stores cannot be shown, or undefined when they can. */
export function usePageProblem(): ComponentChildren | undefined {
  const { page } = usePanel();
  const state = page.state.value;
  const again = (
    <Button onPress={() => void page.refresh()}>
      <Icon name="refresh" />
      Look again
    </Button>
  );
  switch (state.is) {
    case "connecting":
      return (
        <StateCard
          name="connecting"
          role="status"
          mark={{ icon: "spin", tone: "acc" }}
          head="Reading this page"
        >
          <p>Its databases appear here in a moment.</p>
        </StateCard>
      );
    case "paused":
      return (
        <StateCard
          name="paused"
          role="status"
          mark={{ icon: "pause", tone: "chg" }}
          head="The page is paused in the debugger"
          actions={again}
        >
          <p>While it is paused its databases do not answer. Resume it, and everything goes on.</p>
        </StateCard>
      );
    case "cannot-inspect":
      return (
        <StateCard
          name="cannot-inspect"
          mark={{ icon: "lock", tone: "off" }}
          head="This page cannot be inspected"
          actions={again}
        >
          <p>{state.reason}</p>
        </StateCard>
      );
    case "interferes":
      return (
        <StateCard
          name="interferes"
          role="alert"
          mark={{ icon: "warn", tone: "chg" }}
          head="This page interferes with reading it"
          actions={again}
        >
          <p>{state.reason} Nothing was changed.</p>
        </StateCard>
      );
    case "error":
      return (
        <StateCard
          name="error"
          role="alert"
          mark={{ icon: "err", tone: "rem" }}
          head="The page could not be read"
          actions={again}
        >
          <p>{state.reason} Nothing was changed.</p>
        </StateCard>
      );
    case "ready": {
      const problems = state.frames
        .flatMap((frame) => frame.buckets)
        .flatMap((bucket) => bucket.databases)
        .filter((database) => database.problem !== undefined);
      if (!allStores(state.frames).next().done) return undefined;
      const [waiting] = problems;
      if (waiting !== undefined)
        return (
          <StateCard
            name="blocked"
            role="status"
            mark={{ icon: "lock", tone: "chg" }}
            head={
              <>
                <bdi>{waiting.name}</bdi> cannot be opened
              </>
            }
            actions={again}
          >
            <p>{databaseProblem(waiting.problem ?? "")}</p>
          </StateCard>
        );
      return (
        <StateCard
          name="no-database"
          mark={{ icon: "db", tone: "off" }}
          head="This page has no database yet"
          actions={again}
        >
          <p>
            <bdi>{state.frames[0]?.origin ?? "The page"}</bdi> has not created one. When it does, look again.
          </p>
        </StateCard>
      );
    }
  }
}

/** Why a database could not be opened, for the person. */
export function databaseProblem(problem: string): string {
  if (problem === "blocked")
    return "Another connection keeps it from being opened: an upgrade or a deletion waits. Driftscope holds no connection. Reload the page or close its other tabs.";
  if (problem === "upgrading")
    return "The page is upgrading it now. Driftscope does not interfere; look again in a moment.";
  return problem;
}

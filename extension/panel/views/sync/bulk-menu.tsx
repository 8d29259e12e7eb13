import { Icon } from "../../components/icon.tsx";
import { MenuButton, type MenuItem } from "../../components/menu.tsx";
import { count } from "../../format/numbers.ts";
import { sumOf } from "../../format/policy-words.ts";
import { usePanel } from "../../stores/panel.ts";
import type { ProposalChoice } from "../../stores/ui.ts";

/** What can be done to every row that the list shows, with how many each is about. */
export function BulkMenu() {
  const { sync, bridge, ui } = usePanel();
  const mapping = bridge.mapping.value;
  const state = bridge.state.value;
  const connections = state.is === "ready" ? state.connections : [];
  const functions = connections.find(({ name }) => name === mapping?.connection)?.policies ?? [];
  const reach = sync.reach.value;
  const forPolicy = reach === undefined ? undefined : sumOf(reach.forPolicy);
  const note = (n: number | undefined) => (n === undefined ? {} : { note: count(n) });
  const propose = (choice: ProposalChoice) => () => {
    ui.proposal.value = choice;
    ui.dialog.value = "propose";
  };
  const proposals: MenuItem[] =
    forPolicy === 0
      ? []
      : [
          {
            label: "Newest by a field…",
            testId: "bulk-newest",
            icon: <Icon name="clock" />,
            ...note(forPolicy),
            onChoose: propose({ is: "newestWins" }),
          },
          {
            label: "Merge fields…",
            testId: "bulk-merge",
            icon: <Icon name="merge" />,
            ...note(forPolicy),
            onChoose: propose({ is: "mergeFields" }),
          },
          ...functions.map((name) => ({
            label: `Function ${name}…`,
            testId: "bulk-custom",
            icon: <Icon name="both" />,
            ...note(forPolicy),
            onChoose: propose({ is: "custom", name }),
          })),
        ];
  return (
    <MenuButton
      testId="set-all"
      label="Choose for every record in this list"
      title="Choose for every record in this list. Nothing is written before you have seen the plan."
      blockedBy={
        sync.lines.value.rows === 0
          ? "The list is empty"
          : sync.proposing.value !== undefined
            ? "Making proposals"
            : undefined
      }
      onOpen={() => void sync.readReach()}
      items={[
        {
          label: "Push all shown",
          testId: "bulk-push",
          icon: <Icon name="push" />,
          ...note(reach?.writable),
          onChoose: () => void sync.decideInBulk({ do: "push" }),
        },
        {
          label: "Pull all shown",
          testId: "bulk-pull",
          icon: <Icon name="pull" />,
          ...note(reach?.writable),
          onChoose: () => void sync.decideInBulk({ do: "pull" }),
        },
        {
          label: "Leave all shown",
          testId: "bulk-leave",
          icon: <Icon name="skip" />,
          ...note(reach?.shown),
          onChoose: () => void sync.decideInBulk({ do: "leave" }),
        },
        ...proposals,
      ]}
    >
      Set all…
    </MenuButton>
  );
}

import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { Button } from "../../components/button.tsx";
import { Icon } from "../../components/icon.tsx";
import { sameStore } from "../../stores/page.ts";
import { usePanel } from "../../stores/panel.ts";
import { type TreeNode, treeNodes } from "./tree-nodes.ts";

/** Frames → buckets → databases → stores → indexes. */
export function StoreTree() {
  const { page, records, ui } = usePanel();
  const state = page.state.value;
  const [toggled, setToggled] = useState<ReadonlySet<string>>(new Set());
  const [find, setFind] = useState("");
  const [cursor, setCursor] = useState<string | undefined>(undefined);
  const list = useRef<HTMLDivElement>(null);
  const typed = useRef({ text: "", at: 0 });
  const frames = state.is === "ready" ? state.frames : [];
  const nodes = useMemo(() => treeNodes(frames, { toggled, find }), [frames, toggled, find]);
  const chosenRef = page.chosenRef.value;
  const chosenIndex = records.index.value;
  const isChosen = (node: TreeNode) =>
    sameStore(node.ref, chosenRef) &&
    (node.kind === "store" ? chosenIndex === undefined : node.index === chosenIndex);
  const stop =
    nodes.find((node) => node.id === cursor) ??
    nodes.find(isChosen) ??
    nodes.find((node) => node.kind === "store") ??
    nodes[0];

  // Opened over the grid in a narrow panel: the focus goes in, as into any popup.
  const picking = ui.storePicker.value;
  useLayoutEffect(() => {
    if (picking) list.current?.querySelector<HTMLElement>('[tabindex="0"]')?.focus();
  }, [picking]);

  function focus(node: TreeNode | undefined): void {
    if (node === undefined) return;
    setCursor(node.id);
    requestAnimationFrame(() =>
      list.current?.querySelector<HTMLElement>(`[data-node="${CSS.escape(node.id)}"]`)?.focus(),
    );
  }

  function toggle(node: TreeNode): void {
    const next = new Set(toggled);
    if (!next.delete(node.id)) next.add(node.id);
    setToggled(next);
  }

  function open(node: TreeNode): void {
    setCursor(node.id);
    if (node.ref === undefined) {
      if (node.expandable) toggle(node);
      return;
    }
    page.choose(node.ref);
    records.sortBy(node.index);
    ui.storePicker.value = false;
  }

  function onKeyDown(event: KeyboardEvent): void {
    const at = nodes.findIndex((node) => node.id === stop?.id);
    const node = nodes[at];
    if (node === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    switch (event.key) {
      case "ArrowDown":
        focus(nodes[at + 1]);
        break;
      case "ArrowUp":
        focus(nodes[at - 1]);
        break;
      case "Home":
        focus(nodes[0]);
        break;
      case "End":
        focus(nodes.at(-1));
        break;
      case "ArrowRight":
        if (node.expandable && !node.open) toggle(node);
        else if (node.expandable) focus(nodes[at + 1]);
        break;
      case "ArrowLeft":
        if (node.expandable && node.open) toggle(node);
        else focus(nodes.find((candidate) => candidate.id === node.parent));
        break;
      case "Enter":
      case " ":
        open(node);
        break;
      case "Escape":
        if (!ui.storePicker.value) return;
        ui.storePicker.value = false;
        break;
      default: {
        if (event.key.length !== 1 || event.key === "?") return;
        const now = Date.now();
        const text = (now - typed.current.at > 800 ? "" : typed.current.text) + event.key.toLowerCase();
        typed.current = { text, at: now };
        const from = text.length === 1 ? at + 1 : at;
        focus(
          [...nodes.slice(from), ...nodes.slice(0, from)].find((candidate) =>
            candidate.label.toLowerCase().startsWith(text),
          ),
        );
      }
    }
    event.preventDefault();
  }

  return (
    <nav class={`pane chrome pane-tree${picking ? " picking" : ""}`} aria-label="Storage" data-pane>
      <div class="bar">
        <label class="field find grow">
          <Icon name="search" />
          <input
            placeholder="Find store"
            aria-label="Find a store"
            value={find}
            onInput={(event) => setFind(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key === "ArrowDown") {
                event.preventDefault();
                focus(nodes.find((node) => node.kind === "store"));
              } else if (event.key === "Escape" && find !== "") {
                event.stopPropagation();
                setFind("");
              }
            }}
          />
        </label>
        <Button
          icon
          look="quiet"
          label="Read the tree again"
          blockedBy={page.refreshing.value ? "Reading it" : undefined}
          onPress={() => void page.refresh()}
        >
          <Icon name="refresh" />
        </Button>
      </div>
      <div
        class="tree scroll"
        role="tree"
        aria-label="Databases"
        data-testid="tree"
        ref={list}
        onKeyDown={onKeyDown}
      >
        {nodes.map((node) => (
          <TreeLine
            key={node.id}
            node={node}
            selected={isChosen(node)}
            stop={node.id === stop?.id}
            onOpen={() => open(node)}
            onToggle={() => toggle(node)}
          />
        ))}
        {nodes.length === 0 ? <p class="hint pad">No store has “{find}” in its name.</p> : null}
      </div>
    </nav>
  );
}

function TreeLine(props: {
  node: TreeNode;
  selected: boolean;
  stop: boolean;
  onOpen: () => void;
  onToggle: () => void;
}) {
  const { node } = props;
  return (
    <div
      role="treeitem"
      class={node.expandable ? undefined : "leaf"}
      aria-level={node.level}
      aria-expanded={node.expandable ? node.open : undefined}
      aria-selected={props.selected}
      tabIndex={props.stop ? 0 : -1}
      data-node={node.id}
      data-testid={node.kind === "store" ? "store" : undefined}
      data-store={node.ref?.store}
      data-database={node.ref?.database}
      title={node.problem ?? node.title}
      onClick={props.onOpen}
    >
      <div class="line" style={{ "--lv": node.level - 1 }}>
        <span
          class="twist"
          onClick={(event) => {
            event.stopPropagation();
            props.onToggle();
          }}
        >
          <Icon name={node.open ? "down" : "right"} small />
        </span>
        <Icon name={node.icon} />
        <bdi class="trunc">{node.label}</bdi>
        {node.note === undefined ? null : (
          <span class={`n${node.kind === "index" ? " at-wide" : ""}`}>{node.note}</span>
        )}
      </div>
    </div>
  );
}

import type { Finding } from "../../../../core/protocol/frames.ts";
import { Icon, type IconName } from "../../components/icon.tsx";

const ICONS: Readonly<Record<Finding["is"], IconName>> = { right: "check", doubtful: "warn", wrong: "err" };

export function FindingLine({ about, is, said }: Finding) {
  return (
    <div class={`finding is-${is}`}>
      <Icon name={ICONS[is]} />
      <span>
        <span class="strong">{about}</span>
        {is === "right" ? "" : `, ${is}`}: {said}
      </span>
    </div>
  );
}

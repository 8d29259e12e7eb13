import { Icon } from "./icon.tsx";

interface RefusalProps {
  readonly error: { readonly code: string; readonly message: string } | undefined;
  readonly testId?: string;
}

/** Why what a person asked for was not done; nothing where it was. */
export function Refusal({ error, testId }: RefusalProps) {
  if (error === undefined) return null;
  return (
    <p class="field-problem" role="alert" data-testid={testId} data-state={error.code}>
      <Icon name="err" small />
      {error.message}
    </p>
  );
}

// What is wrong, said once for the whole page.
import { online } from "../state/online.ts";
import { outage, retryNow } from "../state/retry.ts";
import { Icon } from "../ui/icons.tsx";

export function TroubleBar() {
  return (
    <div class="trouble" role="status">
      {online.value ? outage.value && <Retrying text={outage.value} /> : <Offline />}
    </div>
  );
}

function Offline() {
  return (
    <p>
      <Icon name="offline" size={18} /> You are offline. What you see may be out of date.
    </p>
  );
}

function Retrying({ text }: { text: string }) {
  return (
    <p>
      <Icon name="warning" size={18} />
      <span>{text} This page keeps trying.</span>
      <button type="button" class="link" onClick={() => void retryNow()}>
        Try now
      </button>
    </p>
  );
}

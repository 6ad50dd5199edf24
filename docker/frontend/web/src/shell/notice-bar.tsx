// What has just happened, at the foot of the page, and the same for screen readers.
import { announcement, hide, notice } from "../state/notice.ts";
import { IconButton } from "../ui/controls.tsx";

export function NoticeBar() {
  const current = notice.value;
  return (
    <>
      <div class="notices" role="status">
        {current && (
          <div class={`notice ${current.tone}`}>
            <span>{current.text}</span>
            {current.action && (
              <button type="button" class="notice-action" onClick={current.action.run}>
                {current.action.label}
              </button>
            )}
            <IconButton icon="close" label="Dismiss" onClick={hide} />
          </div>
        )}
      </div>
      <div class="visually-hidden" aria-live="polite">
        {announcement.value}
      </div>
    </>
  );
}

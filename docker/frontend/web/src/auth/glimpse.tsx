// A picture of one exchange, drawn with the real shapes; decoration, so hidden from screen readers.
import { Icon } from "../ui/icons.tsx";

export function Glimpse() {
  return (
    <div class="glimpse" aria-hidden="true">
      <p class="glimpse-said">Remind me to book the train on Friday</p>
      <div class="glimpse-card">
        <span class="glimpse-box">
          <Icon name="tick" size={14} />
        </span>
        <span>
          Book the train
          <small>Friday · travel</small>
        </span>
      </div>
    </div>
  );
}

// What one could say: four ways to begin, and shorter ones to go on.
import { say } from "../state/chat.ts";
import { Icon, type IconName } from "../ui/icons.tsx";

const STARTERS: { icon: IconName; text: string }[] = [
  { icon: "plus", text: "Add a task to buy groceries tomorrow" },
  { icon: "list", text: "Show me all my tasks" },
  { icon: "tick", text: "Mark the first task as complete" },
  { icon: "calendar", text: "What is due this week?" },
];

const FOLLOW_UPS = [
  "Show me all my tasks",
  "What is due today?",
  "Mark the first task as complete",
  "Delete the last task",
];

/** The greeting of an empty conversation. */
export function Starters({ name }: { name: string }) {
  const first = name.trim().split(/\s+/)[0] ?? "";
  return (
    <div class="starters">
      <h2>
        {greeting(new Date().getHours())}
        {first && `, ${first}`}.
      </h2>
      <p class="muted">
        What would you like to get done? Say it in your own words, or begin with one of these.
      </p>
      <ul>
        {STARTERS.map(({ icon, text }) => (
          <li key={text}>
            <button type="button" class="starter" onClick={() => void say(text)}>
              <Icon name={icon} size={18} />
              {text}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

function greeting(hour: number): string {
  if (hour < 5) return "Good night";
  if (hour < 12) return "Good morning";
  return hour < 18 ? "Good afternoon" : "Good evening";
}

/** Above the composer once a conversation is under way. */
export function FollowUps() {
  return (
    <ul class="follow-ups" aria-label="Suggestions">
      {FOLLOW_UPS.map((text) => (
        <li key={text}>
          <button type="button" class="chip" onClick={() => void say(text)}>
            {text}
          </button>
        </li>
      ))}
    </ul>
  );
}

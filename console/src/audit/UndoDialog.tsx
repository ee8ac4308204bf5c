import { List, Text } from '@mantine/core';
import type { Undone, UndoPlan } from '../../../src/http/api/schemas/undo.ts';
import { applyUndo, planUndo } from '../api/audit.ts';
import { ListTable } from '../shell/ListTable.tsx';
import { PlannedChange } from '../shell/PlannedChange.tsx';

interface UndoDialogProps {
  slug: string;
  title: string;
  /** What is undone, in words. */
  says: string;
  undone: Undone;
  close: () => void;
  applied: () => Promise<unknown>;
}

/** Shows what undoing would put back, and does that. It is mounted while it is open. */
export function UndoDialog({ slug, title, says, undone, close, applied }: UndoDialogProps) {
  return (
    <PlannedChange
      title={title}
      noun="The undo"
      says={<Text size="sm">{says}</Text>}
      planKey={['undo-plan', slug, undone]}
      plan={() => planUndo(slug, undone)}
      show={(plan) => <ShownPlan plan={plan} />}
      isReady={({ items }) => items.some(isPutBack)}
      submits="Put it back"
      submit={async ({ digest, items }) => {
        const { refused } = await applyUndo(slug, undone, digest);
        await applied();
        const shown = new Set(items.filter((item) => !isPutBack(item)).map(keyOf));
        const others = refused.filter((item) => !shown.has(keyOf(item)));
        return others.length === 0 ? undefined : others.map(({ because }) => because).join(' ');
      }}
      looksAgain
      close={close}
    />
  );
}

const isPutBack = ({ refusal }: UndoPlan['items'][number]) => refusal === undefined;
const keyOf = ({ fact, member, team }: Pick<UndoPlan['items'][number], 'fact' | 'member' | 'team'>) =>
  `${fact} ${member?.id} ${team?.id}`;

function ShownPlan({ plan: { items, kept, impossible } }: { plan: UndoPlan }) {
  const about = ({ member, team }: UndoPlan['items'][number] | UndoPlan['kept'][number]) =>
    [member?.name, team?.name].filter(Boolean).join(' in ');
  return (
    <>
      {items.length === 0 ? (
        <Text size="sm">Nothing would be put back.</Text>
      ) : (
        <ListTable
          label="What is put back"
          widthMin={480}
          heightMax={340}
          rows={items}
          keyOf={keyOf}
          columns={[
            { heading: 'Of', kind: 'name', show: about },
            {
              heading: 'What',
              show: ({ fact, refusal }) => (
                <>
                  {fact}
                  {refusal !== undefined && (
                    <Text size="xs" c="orange.9" fw={500}>
                      Not put back: {refusal}
                    </Text>
                  )}
                </>
              ),
            },
            { heading: 'Now', show: ({ from }) => from ?? 'none' },
            { heading: 'Then', show: ({ from, to, refusal }) => (refusal === undefined ? to : from) ?? 'none' },
          ]}
        />
      )}
      {items.some(isPutBack) && (
        <Text size="xs" c="dimmed">
          The provider goes on reading what it asked, and its next request about a person or team wins over this.
        </Text>
      )}
      {kept.length + impossible.length > 0 && (
        <List size="sm" aria-label="What stays">
          {kept.map((each) => (
            <List.Item key={keyOf(each)}>
              The {each.fact} of {about(each)} stays {each.now ?? 'none'}: it was changed since.
            </List.Item>
          ))}
          {impossible.map(({ event, says, because }) => (
            <List.Item key={`${event} ${says}`}>
              Event {event} ({says}) cannot be undone: {because}.
            </List.Item>
          ))}
        </List>
      )}
    </>
  );
}

import { Text } from '@mantine/core';
import type { MemberDetail } from '../../../src/http/api/schemas/member.ts';
import { EditPersonByQuery } from '../access/EditPerson.tsx';
import { acceptInvitation, inviteAgain } from '../api/mail.ts';
import { changePerson, linkPerson, removePerson } from '../api/people.ts';
import { type Ask, confirming, type SubjectAction, SubjectActions } from '../audit/SubjectActions.tsx';
import { EditFacts } from './EditFacts.tsx';

interface PersonActionsProps {
  slug: string;
  person: MemberDetail;
  /** The entity tag that guards a change. */
  tag: string;
  ask: Ask;
}

/** What can be done to a person here. */
export function PersonActions({ slug, person, tag, ask }: PersonActionsProps) {
  const { id, userName, status, origin, locks } = person;
  if (status === 'removed') {
    return (
      <Text size="sm">
        The person was removed. As long as they are remembered, they are brought back on the page Audit.
      </Text>
    );
  }
  if (status === 'held') {
    return (
      <Text size="sm">
        The person is not here yet: what the provider asks is held, and let go or discarded on the page Provisioning.
      </Text>
    );
  }
  const isLocked = (edit: 'edit-member' | 'give-access') => locks.some((lock) => lock.edit === edit);
  const acts: SubjectAction[] = [
    {
      text: 'Edit…',
      dialog: (editing) => <EditFacts {...{ slug, person, tag, ...editing }} />,
      isLocked: isLocked('edit-member'),
    },
    {
      text: 'Role and license…',
      dialog: (editing) => <EditPersonByQuery {...{ slug, userName, ...editing }} />,
      isLocked: isLocked('give-access'),
    },
    { ...(status === 'suspended' ? reactivating : suspending)(slug, person), isLocked: isLocked('edit-member') },
    ...(status === 'invited' ? invited(slug, person) : []),
    origin === 'local' ? linking(slug, person) : parting(slug, person),
    { ...removing(slug, id, person), isLocked: isLocked('edit-member') },
  ];
  return <SubjectActions acts={acts} ask={ask} />;
}

/** What holds of everything that is done to whom the provider manages. */
const providerText = ({ origin }: MemberDetail): string =>
  origin === 'local' ? '' : ' The provider goes on reading what it asked, and its next request about the person wins.';

const suspending = (slug: string, person: MemberDetail): SubjectAction => ({
  text: 'Suspend…',
  dialog: confirming({
    title: `Suspend ${person.userName}`,
    submits: 'Suspend',
    submit: () => changePerson(slug, person.id, 'suspend'),
    says: `${person.name} is out of force until they are reactivated: ${lossesOf(person)}sessions and API keys end at once.${providerText(person)}`,
  }),
});

const reactivating = (slug: string, person: MemberDetail): SubjectAction => ({
  text: 'Reactivate…',
  dialog: confirming({
    title: `Reactivate ${person.userName}`,
    submits: 'Reactivate',
    submit: () => changePerson(slug, person.id, 'restore'),
    says: `${person.name} has the teams and roles again that they had, and a license if a seat is free. API keys that ended stay ended.${providerText(person)}`,
  }),
});

const invited = (slug: string, { id, userName, name }: MemberDetail): SubjectAction[] => [
  {
    text: 'Invite again…',
    dialog: confirming({
      title: `Invite ${userName} again`,
      submits: 'Send the invitation',
      submit: () => inviteAgain(slug, id),
      says: `${name} is sent another mail, and has the whole time to accept.`,
    }),
  },
  {
    text: 'Accept for them…',
    dialog: confirming({
      title: `Accept the invitation of ${userName}`,
      submits: 'Accept',
      submit: () => acceptInvitation(slug, id),
      says: `${name} is active at once, as if they had followed the link of the mail.`,
    }),
  },
];

const parting = (slug: string, { id, userName, name }: MemberDetail): SubjectAction => ({
  text: 'Part from the provider…',
  dialog: confirming({
    title: `Part ${userName} from the provider`,
    submits: 'Part them',
    submit: () => changePerson(slug, id, 'unlink'),
    says: `${name} stays as they are and is edited here from now on. The provider does not take them over again until an admin allows it.`,
  }),
});

const linking = (slug: string, { id, userName, name }: MemberDetail): SubjectAction => ({
  text: 'Let the provider take over…',
  dialog: confirming({
    title: `Let the provider take over ${userName}`,
    submits: 'Let it',
    submit: () => linkPerson(slug, id, userName),
    says: `With the provider’s next request about ${userName} it manages ${name}, whatever the policy says about such people: it decides then about the name, the address and whether the person is active.`,
  }),
});

const removing = (slug: string, id: string, person: MemberDetail): SubjectAction => ({
  text: 'Remove…',
  dialog: confirming({
    title: `Remove ${person.userName}`,
    submits: 'Remove',
    submit: () => removePerson(slug, id),
    says: `${person.name} is no longer in the organization: ${lossesOf(person)}sessions and API keys end at once. As long as they are remembered, they can be brought back on the page Audit.`,
    isFinal: true,
  }),
});

/** What a person loses who is no longer in force, as the beginning of a list. */
function lossesOf({ teams, license }: MemberDetail): string {
  const losses = [
    ...(teams === 0 ? [] : [teams === 1 ? 'they leave one team' : `they leave ${teams.toLocaleString('en')} teams`]),
    ...(license === null ? [] : [`their seat of ${license} becomes free`]),
  ];
  return losses.map((each) => `${each}, `).join('');
}

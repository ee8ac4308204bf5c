import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { confirmationsQuery, domainsQuery, invitationsQuery, outboxQuery } from '../api/queries.ts';
import { Confirmations } from '../mail/Confirmations.tsx';
import { Domains } from '../mail/Domains.tsx';
import { Invitations } from '../mail/Invitations.tsx';
import { Outbox } from '../mail/Outbox.tsx';
import { Failure } from '../shell/Failure.tsx';
import { OrganizationFrame } from './OrganizationFrame.tsx';

/** What an organization writes to people, who is invited, which addresses wait, and which domains of addresses are its own. */
export function MailPage({ slug }: { slug: string }) {
  return (
    <OrganizationFrame slug={slug} page="/organizations/$slug/mail">
      {() => <MailAndDomains slug={slug} />}
    </OrganizationFrame>
  );
}

function MailAndDomains({ slug }: { slug: string }) {
  const outbox = useQuery(outboxQuery(slug));
  const invitations = useQuery(invitationsQuery(slug));
  const confirmations = useQuery(confirmationsQuery(slug));
  const domains = useQuery(domainsQuery(slug));
  const questions = [outbox, invitations, confirmations, domains];
  const failed = questions.find(({ error }) => error !== null);
  const retry = () => {
    for (const question of questions) void question.refetch();
  };
  return (
    <>
      {failed?.error && (
        <Failure title="Mail and domains cannot be brought up to date" error={failed.error} retry={retry} />
      )}
      {questions.some(({ data, error }) => data === undefined && error === null) && (
        <Skeleton height={90} aria-label="Loading mail and domains" />
      )}
      {invitations.data !== undefined && <Invitations slug={slug} invitations={invitations.data} />}
      {confirmations.data !== undefined && <Confirmations slug={slug} confirmations={confirmations.data} />}
      {outbox.data !== undefined && <Outbox slug={slug} mails={outbox.data} />}
      {domains.data !== undefined && <Domains slug={slug} domains={domains.data} />}
    </>
  );
}

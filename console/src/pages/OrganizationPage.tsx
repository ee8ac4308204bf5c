import { RequestDrawer } from '../requests/RequestDrawer.tsx';
import { RequestLog } from '../requests/RequestLog.tsx';
import { PendingLinks } from '../teams/PendingLinks.tsx';
import { OrganizationFrame } from './OrganizationFrame.tsx';

interface OrganizationPageProps {
  slug: string;
  onlyErrors: boolean;
  setOnlyErrors: (onlyErrors: boolean) => void;
  openId: string | undefined;
  closeRequest: () => void;
}

/** The request log of an organization, with one request's details over it when its address says so. */
export function OrganizationPage({ slug, onlyErrors, setOnlyErrors, openId, closeRequest }: OrganizationPageProps) {
  return (
    <OrganizationFrame slug={slug} page="/organizations/$slug">
      {(organization) => (
        <>
          <PendingLinks slug={slug} />
          <RequestLog {...{ organization, onlyErrors, setOnlyErrors, openId }} />
          <RequestDrawer slug={slug} id={openId} close={closeRequest} />
        </>
      )}
    </OrganizationFrame>
  );
}

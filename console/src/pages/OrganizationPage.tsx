import { RequestDrawer } from '../requests/RequestDrawer.tsx';
import { RequestLog } from '../requests/RequestLog.tsx';
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
          <RequestLog {...{ organization, onlyErrors, setOnlyErrors, openId }} />
          <RequestDrawer slug={slug} id={openId} close={closeRequest} />
        </>
      )}
    </OrganizationFrame>
  );
}

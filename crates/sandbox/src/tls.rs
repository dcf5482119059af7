//! Certificates for the real host names, made at start.

use std::error::Error;
use std::sync::Arc;

use chrono::{Datelike, TimeDelta, Utc};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;

/// The hosts that the Facebook origin stands for.
pub(crate) const FACEBOOK: [&str; 6] =
    ["www.facebook.com", "m.facebook.com", "facebook.com", "graph.facebook.com", "graph-video.facebook.com", "rupload.facebook.com"];

/// The hosts that the Instagram origin stands for.
pub(crate) const INSTAGRAM: [&str; 4] = ["www.instagram.com", "instagram.com", "api.instagram.com", "graph.instagram.com"];

const LOCAL: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// Clients refuse certificates that are valid for much longer.
const VALID_DAYS: i64 = 365;

type Failure = Box<dyn Error + Send + Sync>;

/// A certificate authority that lives as long as the start takes. Its key never leaves the process.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(crate) fn new() -> Result<Self, Failure> {
        let mut params = params("link-sandbox CA of one start", &[])?;
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        Ok(Self(CertifiedIssuer::self_signed(params, KeyPair::generate()?)?))
    }

    /// The certificate that clients have to trust.
    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    /// Answers handshakes as these hosts, and as this machine.
    pub(crate) fn acceptor(&self, hosts: &[&str]) -> Result<TlsAcceptor, Failure> {
        let key = KeyPair::generate()?;
        let names: Vec<&str> = hosts.iter().chain(&LOCAL).copied().collect();
        let mut params = params(hosts.first().copied().unwrap_or("localhost"), &names)?;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let certificate = params.signed_by(&key, &self.0)?;
        // The provider is named, so that nothing depends on which one else is in the process.
        let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], PrivatePkcs8KeyDer::from(key.serialize_der()).into())?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

fn params(name: &str, names: &[&str]) -> Result<CertificateParams, Failure> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, "link-sandbox");
    params.distinguished_name.push(DnType::CommonName, name);
    // The real day, whatever the world's clock says: a client looks at its own.
    let today = Utc::now().date_naive();
    let (from, until) = (today - TimeDelta::days(1), today + TimeDelta::days(VALID_DAYS));
    params.not_before = rcgen::date_time_ymd(from.year(), u8::try_from(from.month())?, u8::try_from(from.day())?);
    params.not_after = rcgen::date_time_ymd(until.year(), u8::try_from(until.month())?, u8::try_from(until.day())?);
    Ok(params)
}

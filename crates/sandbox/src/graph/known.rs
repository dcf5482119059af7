//! What the platform says with each of its error codes, for refusals that somebody plants.
//!
//! The sentences are the sandbox's own; clients go by the numbers.

use super::error::Refusal;

/// Code, subcode (0 for none), sentence.
type Known = (i64, i64, &'static str);

const PLATFORM: &[Known] = &[
    (1, 0, "An unknown error has occurred."),
    (1, 99, "An unknown error occurred. The app may lack a permission for this call."),
    (1, 1_357_046, "An unknown error has occurred. The message may have been sent."),
    (2, 0, "Service temporarily unavailable"),
    (2, 1_545_133, "The service cannot send the message at the moment. Please retry later."),
    (2, 2_018_344, "The Page's admin must accept the contact terms first."),
    (3, 0, "(#3) Application does not have the capability to make this API call."),
    (10, 0, "(#10) Application does not have permission for this action"),
    (15, 0, "(#15) This method must be called with an app access_token."),
    (25, 0, "(#25) The account cannot be used at the moment."),
    (25, 2_207_050, "The Instagram account is inactive, checkpointed or restricted."),
    (100, 0, "(#100) Invalid parameter"),
    (
        100,
        33,
        "Unsupported request. The object does not exist, cannot be loaded due to missing permissions, or does not support this operation.",
    ),
    (100, 36_007, "This authorization code has expired."),
    (100, 36_008, "Error validating verification code. The redirect_uri must be the one of the dialog request."),
    (100, 36_009, "This authorization code has been used."),
    (101, 0, "Error validating application. Cannot get application info due to a system error."),
    (102, 0, "Session key invalid or no longer valid"),
    (104, 0, "An access token is required to request this resource."),
    (190, 0, "Error validating access token: The session is invalid."),
    (200, 0, "(#200) Permissions error"),
    (210, 0, "(#210) The person or Page is not visible"),
    (230, 0, "(#230) User consent is required to access user profile"),
    (368, 0, "The action attempted has been deemed abusive or is otherwise disallowed"),
    (368, 1_390_008, "The action is blocked for now because it was done too often."),
    (506, 0, "(#506) Duplicate status message"),
    (551, 0, "(#551) This person isn't available right now."),
    (803, 0, "(#803) Some of the aliases you requested do not exist"),
    (2200, 0, "(#2200) Callback verification failed"),
    (2500, 0, "Unknown path components"),
    (2635, 0, "(#2635) You are calling a deprecated version of the API. Please update to the latest version."),
    (1_609_005, 0, "(#1609005) There was a problem scraping data from the provided link."),
];

/// Why a token no longer holds; these come with code 102 as well.
const TOKEN: &[(i64, &str)] = &[
    (458, "Error validating access token: The person has not authorized the application."),
    (459, "Error validating access token: The person has to log in on www.facebook.com to clear a checkpoint."),
    (460, "Error validating access token: The session was invalidated because the person changed the password."),
    (463, "Error validating access token: Session has expired."),
    (464, "Error validating access token: Sessions are not allowed because the person is not confirmed."),
    (467, "Error validating access token: The session is invalid because the person logged out."),
    (492, "Error validating access token: The person no longer has a role on the Page."),
];

const THROTTLES: &[Known] = &[
    (4, 0, "(#4) Application request limit reached"),
    (4, 2_018_354, "(#4) The limit of marketing messages has been reached"),
    (9, 2_018_352, "(#9) Too many marketing messages to this person"),
    (17, 0, "(#17) User request limit reached"),
    (17, 2_446_079, "(#17) User request limit reached"),
    (32, 0, "(#32) Page request limit reached"),
    (341, 0, "(#341) Feed action request limit reached"),
    (613, 0, "(#613) Calls to this api have exceeded the rate limit."),
    (613, 1996, "(#613) The volume of requests is inconsistent with how the app is used."),
    (613, 2_018_338, "(#613) The tag is used in a way that people complain about."),
    (613, 2_534_040, "(#613) Calls to this api have exceeded the rate limit."),
    (80_000, 2_446_079, "(#80000) There have been too many calls for insights of this ad account."),
    (80_001, 0, "(#80001) There have been too many calls to this Page account. Wait a bit and try again."),
    (80_002, 0, "(#80002) There have been too many calls to this Instagram account. Wait a bit and try again."),
    (80_003, 2_446_079, "(#80003) There have been too many calls for custom audiences of this ad account."),
    (80_004, 2_446_079, "(#80004) There have been too many calls to this ad account."),
    (80_005, 0, "(#80005) There have been too many lead calls to this Page account."),
    (80_006, 0, "(#80006) There have been too many calls to this messenger account. Wait a bit and try again."),
    (80_008, 0, "(#80008) There have been too many calls to this WhatsApp Business account."),
    (80_009, 0, "(#80009) There have been too many calls to this catalog account."),
    (80_014, 0, "(#80014) There have been too many batch calls to this catalog account."),
];

const MESSAGING: &[Known] = &[
    (10, 1_404_170, "(#10) The Page may not ask people to opt in."),
    (10, 1_893_063, "(#10) The Page is temporarily restricted from sending messages."),
    (10, 2_018_065, "(#10) This message is sent outside of allowed window for news messaging."),
    (10, 2_018_108, "(#10) This person cannot receive messages at the moment."),
    (10, 2_018_247, "(#10) The app may not read this part of the profile."),
    (10, 2_018_278, "(#10) This message is sent outside of allowed window."),
    (10, 2_018_300, "(#10) The message cannot be sent because another app is controlling this thread now."),
    (10, 2_018_336, "(#10) The feature is not available in this thread because of privacy rules in Europe."),
    (10, 2_534_022, "(#10) This message is sent outside of allowed window."),
    (10, 2_534_077, "(#10) Cannot verify the connection between the Instagram account, the logged in user and the Page."),
    (100, 2_018_001, "(#100) No matching user found"),
    (100, 2_018_008, "(#100) Failed to fetch the file from the url"),
    (100, 2_018_014, "(#100) Param sender_action cannot be used with param message."),
    (100, 2_018_047, "(#100) The attachment type does not match the type of the file"),
    (100, 2_018_074, "(#100) The attachment could not be found, or belongs to another Page."),
    (100, 2_018_109, "(#100) The attachment is larger than the allowed size"),
    (100, 2_018_294, "(#100) The video could not be processed"),
    (100, 2_018_321, "(#100) The app does not control the thread"),
    (100, 2_534_013, "(#100) No Instagram account is linked to the Page."),
    (100, 2_534_014, "(#100) No matching Instagram user"),
    (100, 2_534_015, "(#100) Invalid message data"),
    (100, 2_534_025, "(#100) The comment is invalid for messaging."),
    (100, 2_534_029, "(#100) The business is blocked from sending messages to Instagram users."),
    (100, 2_534_037, "(#100) The message cannot be sent because another app is controlling this thread now."),
    (200, 1_545_041, "(#200) This person isn't available right now."),
    (200, 2_018_028, "(#200) The app can message people with a role on it only until it is reviewed."),
    (200, 2_534_041, "(#200) The Instagram account owner has disabled access to instagram direct messages."),
    (551, 1_545_041, "(#551) This person isn't available right now."),
    (9010, 0, "(#9010) No matching Instagram user"),
    (10_303, 0, "(#10303) The account linking token is not valid."),
    (10_900, 0, "(#10900) Activity already replied to."),
    (10_903, 0, "(#10903) This user cannot reply to this activity."),
    (36_103, 0, "The Instagram account is not eligible to use the API."),
    (2_018_218, 0, "(#2018218) The profile is not available for this user."),
    (2_018_247, 0, "(#2018247) The app may not read this part of the profile."),
    (2_018_300, 0, "(#2018300) The message cannot be sent because another app is controlling this thread now."),
    (2_018_321, 0, "(#2018321) Automated questions and answers are running in this thread."),
    (2_534_001, 0, "The thread was archived or deleted by its owner."),
    (2_534_013, 0, "The private reply is not allowed at the moment."),
    (2_534_068, 0, "Sending multiple images is not yet available for this account."),
    (2_534_122, 0, "The account is restricted from sending messages."),
    (9_000_001, 0, "(#9000001) The message you requested was deleted."),
];

/// The refusal that the platform answers with this code and subcode. A subcode that is not known takes its code's
/// sentence.
pub(crate) fn refusal(code: i64, subcode: Option<i64>) -> Refusal {
    let told = sentence(code, subcode).or_else(|| sentence(code, None));
    let mut refusal = Refusal::new(code, told.unwrap_or("The sandbox was told to answer with this error."));
    refusal.subcode = subcode;
    match (code, subcode) {
        (100, Some(33)) => refusal.kind("GraphMethodException"),
        // It asks something of a person, so waiting does not help.
        (2, Some(2_018_344)) => refusal.status(400),
        _ => refusal,
    }
}

fn sentence(code: i64, subcode: Option<i64>) -> Option<&'static str> {
    let subcode = subcode.unwrap_or_default();
    if matches!(code, 102 | 190)
        && let Some((_, sentence)) = TOKEN.iter().find(|(known, _)| *known == subcode)
    {
        return Some(sentence);
    }
    let all = PLATFORM.iter().chain(THROTTLES).chain(MESSAGING);
    all.into_iter().find(|known| (known.0, known.1) == (code, subcode)).map(|known| known.2)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_pair_has_one_sentence() {
        let all: Vec<_> = PLATFORM.iter().chain(THROTTLES).chain(MESSAGING).map(|known| (known.0, known.1)).collect();
        let once: BTreeSet<_> = all.iter().collect();
        assert_eq!(all.len(), once.len());
    }

    #[test]
    fn a_pair_nobody_knows_speaks_like_its_code() {
        let told = |code, subcode| refusal(code, subcode).body("trace")["error"]["message"].clone();
        assert_eq!(told(190, Some(1)), told(190, None));
        assert_ne!(told(190, Some(463)), told(190, None));
        assert_eq!(told(102, Some(463)), told(190, Some(463)), "a dead token is the same under either code");
        assert_eq!(refusal(100, Some(33)).body("trace")["error"]["type"], "GraphMethodException");
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {IPricing} from "./IPricing.sol";

/// @title Where models are listed and access to them is bought.
/// @notice A model id is `bytes20(seller) ‖ bytes12(salt)`, so nobody can list under another's id. The zero address as
/// a token is the chain's coin; prices are integers in the token's smallest unit. The market keeps no money: the
/// RevenueSplitter does, and it is the RevenueSplitter that a buyer approves for a token.
///
/// A purchase can be refunded, all of it or nothing, by its buyer or its seller through its maturity day; buying the
/// same model again closes that right. What can be refunded is bound by a receipt: a hash of the event's `Purchase`
/// with the referrer's part, which the caller gives again.
interface IModelMarketplace {
    /// @notice How access is bought: for ever as passes, by periods of 30 days, or by use from the escrow.
    enum Plan {
        LASTING,
        SUBSCRIPTION,
        METERED
    }

    enum ListingState {
        NONE,
        LISTED,
        PAUSED,
        SUSPENDED,
        RETIRED
    }

    /// @notice One plan of a listing.
    /// @param price per pass, period or call; `type(uint256).max` takes the plan off the listing
    /// @param period seconds that one unit lasts: 30 days for SUBSCRIPTION, 0 for LASTING and METERED
    struct PlanTerms {
        Plan plan;
        address token;
        uint256 price;
        uint64 period;
    }

    /// @notice The fuller form of a listing.
    /// @param free whether all its prices are zero; no other listing may have a price of zero
    /// @param metadata `ipfs://<CIDv1>` of its canonical JSON
    /// @param plans at least one here or in `rates`; METERED is a price a call
    /// @param recipients with `bps` its split; both empty: the seller alone
    /// @param parent the model that it derives from, listed here, or zero
    /// @param royaltyBps the part of its revenue after the fee that the parent's seller gets, in 1/10,000, at most 3,000
    /// @param searchTerms at most eight terms in their normal form, ascending: see IModelSearch
    /// @param rates METERED by tokens read and written, one entry a token, at most 4; never beside a price a call
    struct ListingTerms {
        bytes32 modelId;
        uint8 category;
        bool free;
        string metadata;
        PlanTerms[] plans;
        address[] recipients;
        uint16[] bps;
        bytes32 parent;
        uint16 royaltyBps;
        bytes32[] searchTerms;
        IPricing.Rates[] rates;
    }

    /// @notice The fuller form of a purchase.
    /// @param quantity passes, or periods (at most 12)
    /// @param recipient who gets the passes or the subscription
    /// @param token what the buyer expects to pay in
    /// @param maxPrice the most that the buyer will pay in all
    /// @param deadline the last second at which the purchase may happen
    /// @param referrer who gets the referral out of the fee, or zero; neither buyer, recipient nor seller
    /// @param ref the buyer's own mark of this intent, repeated by the event
    struct Order {
        bytes32 modelId;
        Plan plan;
        uint32 quantity;
        address recipient;
        address token;
        uint256 maxPrice;
        uint64 deadline;
        address referrer;
        bytes32 ref;
    }

    /// @notice What a purchase was, as its event tells it.
    /// @param maturityDay the day, since 1970, through which it can be refunded
    /// @param paid in all, the fee included
    /// @param fee the protocol's part, what the referrer gets of it (RevenueSplitter's `Referred`) included
    struct Purchase {
        address recipient;
        address token;
        address referrer;
        Plan plan;
        uint32 quantity;
        uint32 maturityDay;
        uint128 paid;
        uint128 fee;
        bytes32 splitHash;
    }

    /// @notice A listing at a glance.
    /// @param price of one pass; `type(uint256).max` where none is offered
    /// @param totalSales purchases that were not paid back or disputed, whatever their quantity
    struct ModelListing {
        bytes32 modelId;
        address owner;
        uint256 price;
        uint256 totalSales;
        uint8 category;
        string metadata;
        bool featured;
    }

    /// @notice What a purchase would cost now, every part visible: total = fee + what the seller's side gets, and the
    /// referral is a part of the fee.
    /// @param unitPrice after demand and premium
    /// @param referral what a referrer would get
    /// @param basePrice the plan's price
    /// @param demand multiplier in 1e18
    /// @param premiumBps what quality adds, in 1/10,000
    /// @param discountBps what the quantity takes off, in 1/10,000
    struct Quote {
        address token;
        uint256 unitPrice;
        uint256 total;
        uint256 fee;
        uint32 maturityDay;
        uint256 referral;
        uint256 basePrice;
        uint256 demand;
        uint16 premiumBps;
        uint16 discountBps;
    }

    /// @notice What a buyer has with one model.
    /// @param fees what it paid in fees that can no longer be refunded, in wei, capped at 1e16: its rating's weight
    /// @param openFees the same of its open purchase
    /// @param maturityDay of the open purchase
    /// @param receipt of the open purchase: first 23 bytes of `receiptOf`; zero: none
    struct Standing {
        uint256 fees;
        uint256 openFees;
        uint32 maturityDay;
        bytes23 receipt;
    }

    /// @notice A model was listed, or its category or metadata changed; the last one counts.
    event ModelListed(bytes32 indexed modelId, address indexed seller, uint8 category, string metadata);
    event PlanSet(bytes32 indexed modelId, Plan indexed plan, address token, uint256 price, uint64 period);
    /// @notice `until` is zero but for SUSPENDED, which ends by itself then and leaves the state before it.
    event ListingStateChanged(bytes32 indexed modelId, ListingState state, uint64 until);
    event AccessPurchased(bytes32 indexed modelId, address indexed buyer, bytes32 indexed ref, Purchase p);
    event AccessListSet(bytes32 indexed modelId, bytes32 root);
    event FeaturedSet(bytes32 indexed modelId, bool featured);
    event PurchaseRefunded(
        bytes32 indexed modelId, address indexed buyer, address indexed by, uint256 amount, uint8 reason
    );
    event DisputeOpened(
        bytes32 indexed modelId,
        address indexed buyer,
        bytes32 indexed receipt,
        uint256 amount,
        uint64 ruleBy,
        string evidence
    );
    event DisputeRuled(
        bytes32 indexed modelId,
        address indexed buyer,
        bytes32 indexed receipt,
        address by,
        bool forBuyer,
        uint256 amount,
        string reason
    );

    /// @notice The seller answered a dispute, so that without a ruling in time the money is the seller's.
    event DisputeAnswered(bytes32 indexed modelId, address indexed buyer, bytes32 indexed receipt, string answer);
    /// @notice A purchase of `buyer`'s was taken back or given back: the account's subscription ends at `expiry` now.
    event SubscriptionMoved(bytes32 indexed modelId, address indexed buyer, address indexed account, uint64 expiry);

    error NotSeller(bytes32 modelId, address caller);
    error NotEscrow(address caller);
    error MarketPaused(uint64 until);
    error AlreadyListed(bytes32 modelId);
    error NotListed(bytes32 modelId);
    error WrongState(bytes32 modelId, ListingState state);
    error SuspensionOutOfBounds(uint64 until, uint256 most);
    error MetadataLength(uint256 length, uint256 most);
    error NoPlan();
    error TooManyRates(uint256 count, uint256 most);
    error PlanNotOffered(bytes32 modelId, Plan plan);
    error PeriodNotAccepted(uint64 period, uint64 expected);
    error PriceOutOfBounds(uint256 price, uint256 least, uint256 most);
    error TokenNotAccepted(address token);
    error RoyaltyWithoutParent(uint16 royaltyBps);
    error QuantityOutOfBounds(uint256 quantity, uint256 most);
    error ZeroRecipient();
    error ReferrerNotAccepted(address referrer);
    error DeadlinePassed(uint64 deadline, uint256 time);
    error TokenChanged(address expected, address token);
    error PriceAboveMaximum(uint256 price, uint256 maxPrice);
    error ValueTooLow(uint256 sent, uint256 price);
    error NotOnAccessList(bytes32 modelId, address buyer);
    error WrongReceipt(bytes32 modelId, address buyer);
    error RefundWindowOver(uint32 maturityDay, uint256 today);
    error NotParty(bytes32 modelId, address buyer, address caller);
    error AlreadyDisputed(bytes32 receipt);
    error NotDisputed(bytes32 receipt);
    error RulingTimeOver(uint64 ruleBy, uint256 time);
    error RulingTimeNotOver(uint64 ruleBy, uint256 time);
    error NoAnswer();
    /// @notice A party, or somebody who does not say who it is, would rule on the dispute.
    error OwnDispute(bytes32 modelId, address caller);
    error TextTooLong(uint256 length, uint256 most);
    error NotEligibleToRate(bytes32 modelId, address caller);

    /// @notice List a model for lasting access, priced in the chain's coin, category 0.
    function listModel(bytes32 modelId, uint256 price, string calldata metadata) external;

    /// @notice List a model with all its terms.
    function list(ListingTerms calldata terms) external;

    /// @notice Add a plan, change it, or take it off. Purchases already made are not touched. METERED is a price a call, in
    /// force in ten minutes, and never beside rates: see IPricing.
    function setPlan(bytes32 modelId, PlanTerms calldata terms) external;

    /// @notice Set METERED rates in one token, effective in ten minutes; see IPricing.
    function setRates(bytes32 modelId, IPricing.Rates calldata rates) external;

    /// @notice Set bulk tiers, and whether demand and quality move the prices; see IPricing.
    function setPricing(bytes32 modelId, IPricing.Terms calldata terms) external;

    /// @notice Let only those buy whose leaf is under this root; zero lets everybody buy.
    /// @dev Leaves are `keccak256(bytes.concat(keccak256(abi.encode(buyer))))`, pairs sorted, as OpenZeppelin's
    /// merkle-tree makes them.
    function setAccessList(bytes32 modelId, bytes32 root) external;

    /// @notice Change the category and the metadata, as a new version does.
    function setMetadata(bytes32 modelId, uint8 category, string calldata metadata) external;

    /// @notice Let the listing be found by these terms, and by no earlier ones; none: by none. See IModelSearch.
    function setSearchTerms(bytes32 modelId, bytes32[] calldata terms) external;

    /// @notice Stop selling, for now. Access and payouts go on.
    function pauseListing(bytes32 modelId) external;

    /// @notice Sell again.
    function resumeListing(bytes32 modelId) external;

    /// @notice Stop selling for ever. Access and payouts go on.
    function retireListing(bytes32 modelId) external;

    /// @notice Stop the sale of a model until then; payouts, refunds, transfers and access go on. The moderator role.
    /// @param until at most 30 days after the first suspension; after that the moderators cannot suspend it for 30 days.
    /// A time in the past ends what the moderators suspended, not what the authority did.
    function suspend(bytes32 modelId, uint64 until) external;

    /// @notice The same without those bounds, and in place of what the moderators said. Only who the authority allows.
    function setSuspension(bytes32 modelId, uint64 until) external;

    /// @notice Mark a listing as featured, or not. Only who the authority allows.
    function setFeatured(bytes32 modelId, bool featured) external;

    /// @notice Buy one pass for the caller, at the present price, at most for the coin sent; the rest comes back.
    function purchaseAccess(bytes32 modelId) external payable;

    /// @notice Buy as the order says. Coin beyond the price goes back to the caller, or is credited to it in the
    /// RevenueSplitter where it takes none.
    /// @return paid the price in all
    function purchase(Order calldata order) external payable returns (uint256 paid);

    /// @notice Buy what has an access list.
    /// @param proof that the caller is on it, from its leaf to the root
    function purchaseWithProof(Order calldata order, bytes32[] calldata proof) external payable returns (uint256 paid);

    /// @notice Approve the RevenueSplitter by an EIP-2612 signature of the caller's; for a `multicall` with `purchase`. A
    /// signature that somebody used before does no harm where the approval is there.
    function permit(address token, uint256 value, uint256 deadline, uint8 v, bytes32 r, bytes32 s) external;

    /// @notice Pay an open purchase back, all of it: its buyer, or its seller of its own will. Through its maturity day.
    /// The passes, or what is left of the periods, are taken back, the buyer is credited in the RevenueSplitter, and its
    /// rating is voided unless it paid something else for good.
    /// @param p with `referral`, exactly what was bought
    /// @param reason the caller's own number for why
    function refund(bytes32 modelId, address buyer, Purchase calldata p, uint128 referral, uint8 reason) external;

    /// @notice Have a moderator rule on an open purchase of the caller's. Through its maturity day. What was bought, or is
    /// left of it, is taken back until the ruling, and the money waits.
    /// @param evidence a CID, at most 100 bytes
    function openDispute(bytes32 modelId, Purchase calldata p, uint128 referral, string calldata evidence) external;

    /// @notice Answer a dispute in time. The seller only. Without a ruling in time an answered dispute is the seller's.
    /// @param answer a CID, at most 100 bytes, not empty
    function answerDispute(
        bytes32 modelId,
        address buyer,
        Purchase calldata p,
        uint128 referral,
        string calldata answer
    ) external;

    /// @notice Rule on a dispute in time. The moderator role, by its own call, and no party to it. For the buyer: it is credited with all it paid. For the
    /// seller: what was bought is given back and the money goes into today's bucket.
    /// @param reason a CID or a few words, at most 100 bytes
    function ruleDispute(
        bytes32 modelId,
        address buyer,
        Purchase calldata p,
        uint128 referral,
        bool forBuyer,
        string calldata reason
    ) external;

    /// @notice End a dispute without a ruling: the seller gives in, for the buyer; or the buyer gives in, for the seller;
    /// or anyone once the time for a ruling is over, for the seller if it has answered, else for the buyer.
    function closeDispute(bytes32 modelId, address buyer, Purchase calldata p, uint128 referral) external;

    /// @notice Rate a model that the caller has paid for, 1 to 5. The rating weighs what the caller has paid in fees that
    /// can no longer be refunded, and nothing below `minRatedFee`. Another one later takes its place.
    /// @param review the CID of the signed review, at most 100 bytes, may be empty
    function rateModel(bytes32 modelId, uint8 rating, string calldata review) external;

    /// @notice Note that a payer paid for use of a listed model, so that it may rate it. The escrow only.
    /// @param fee the protocol's part of what it paid, in the token
    function notePaid(bytes32 modelId, address payer, address token, uint256 fee) external;

    /// @notice Make several calls of this contract in one transaction, without coin.
    function multicall(bytes[] calldata data) external returns (bytes[] memory results);

    /// @notice The models for sale that carry every word of the query; see IModelSearch.
    function searchModels(string calldata query) external view returns (bytes32[] memory modelIds);

    function quote(bytes32 modelId, Plan plan, uint32 quantity) external view returns (Quote memory);

    function getListing(bytes32 modelId) external view returns (ModelListing memory);

    function stateOf(bytes32 modelId) external view returns (ListingState);

    /// @notice Until when the model is suspended, in seconds since 1970; in the past or zero if it is not.
    function suspendedUntil(bytes32 modelId) external view returns (uint64);

    /// @notice The LASTING and SUBSCRIPTION plans that the listing offers, whether or not it is paused.
    function plans(bytes32 modelId) external view returns (PlanTerms[] memory);

    /// @notice The root of those who may buy; zero: everybody.
    function accessList(bytes32 modelId) external view returns (bytes32);

    /// @notice When the account's subscription ends, in seconds since 1970; zero if it never had one.
    function subscriptionExpiry(bytes32 modelId, address account) external view returns (uint64);

    function standingOf(bytes32 modelId, address buyer) external view returns (Standing memory);

    /// @notice keccak256(abi.encode(modelId, buyer, p, referral))
    function receiptOf(bytes32 modelId, address buyer, Purchase calldata p, uint128 referral)
        external
        pure
        returns (bytes32);

    /// @notice The last second for a ruling on the purchase with this receipt; zero if it is not disputed.
    function ruleBy(bytes32 receipt) external view returns (uint64);

    /// @notice Whether the seller has answered the open dispute of this receipt.
    function isAnswered(bytes32 receipt) external view returns (bool);

    /// @notice The contract whose code writes what is said of listings. Made with the market, and never another one.
    function marketTerms() external view returns (address);

    /// @notice Who may list this id, and owns what is listed under it.
    function sellerOf(bytes32 modelId) external pure returns (address);
}

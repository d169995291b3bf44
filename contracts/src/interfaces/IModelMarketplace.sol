// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

/// @title Where models are listed and access to them is bought.
/// @notice A model id is `bytes20(seller) ‖ bytes12(salt)`, so nobody can list under another's id. The zero address as
/// a token is the chain's coin; prices are integers in the token's smallest unit. The market keeps no money: the
/// RevenueSplitter does.
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
    /// @param price per pass or period; `type(uint256).max` takes the plan off the listing
    /// @param period seconds that one unit lasts: 30 days for SUBSCRIPTION, 0 for LASTING
    struct PlanTerms {
        Plan plan;
        address token;
        uint256 price;
        uint64 period;
    }

    /// @notice The fuller form of a listing.
    /// @param free whether all its prices are zero; no other listing may have a price of zero
    /// @param metadata `ipfs://<CIDv1>` of its canonical JSON
    /// @param recipients with `bps` its split; both empty: the seller alone
    /// @param parent the model that it derives from, listed here, or zero
    /// @param royaltyBps the part of its revenue after the fee that the parent's seller gets, in 1/10,000
    /// @param searchTerms its terms for the search on chain; must be empty until that search is there
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
    }

    /// @notice The fuller form of a purchase.
    /// @param quantity passes, or periods (at most 12)
    /// @param recipient who gets the passes or the subscription
    /// @param token what the buyer expects to pay in
    /// @param maxPrice the most that the buyer will pay in all
    /// @param deadline the last second at which the purchase may happen
    /// @param referrer must be zero until referrals are there
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
    /// @param totalSales purchases, whatever their quantity
    struct Listing {
        bytes32 modelId;
        address owner;
        uint256 price;
        uint256 totalSales;
        uint8 category;
        string metadata;
        bool featured;
    }

    /// @notice What a purchase would cost now, every part visible.
    struct Quote {
        address token;
        uint256 unitPrice;
        uint256 total;
        uint256 fee;
        uint32 maturityDay;
    }

    /// @notice A model was listed, or its category or metadata changed; the last one counts.
    event ModelListed(bytes32 indexed modelId, address indexed seller, uint8 category, string metadata);
    event PlanSet(bytes32 indexed modelId, Plan indexed plan, address token, uint256 price, uint64 period);
    event ListingStateChanged(bytes32 indexed modelId, ListingState state, uint64 until);
    event AccessPurchased(bytes32 indexed modelId, address indexed buyer, bytes32 indexed ref, Purchase p);

    error NotSeller(bytes32 modelId, address caller);
    error AlreadyListed(bytes32 modelId);
    error NotListed(bytes32 modelId);
    error WrongState(bytes32 modelId, ListingState state);
    error MetadataLength(uint256 length, uint256 most);
    error NoPlan();
    error PlanNotAccepted(Plan plan);
    error PlanNotOffered(bytes32 modelId, Plan plan);
    error PeriodNotAccepted(uint64 period, uint64 expected);
    error PriceOutOfBounds(uint256 price, uint256 least, uint256 most);
    error TokenNotAccepted(address token);
    error RoyaltyWithoutParent(uint16 royaltyBps);
    error SearchTermsNotAccepted(uint256 count);
    error QuantityOutOfBounds(uint256 quantity, uint256 most);
    error ZeroRecipient();
    error ReferrerNotAccepted(address referrer);
    error DeadlinePassed(uint64 deadline, uint256 time);
    error TokenChanged(address expected, address token);
    error PriceAboveMaximum(uint256 price, uint256 maxPrice);
    error ValueTooLow(uint256 sent, uint256 price);

    /// @notice List a model for lasting access, priced in the chain's coin, category 0.
    function listModel(bytes32 modelId, uint256 price, string calldata metadata) external;

    /// @notice List a model with all its terms.
    function list(ListingTerms calldata terms) external;

    /// @notice Add a plan, change it, or take it off. Purchases already made are not touched.
    function setPlan(bytes32 modelId, PlanTerms calldata terms) external;

    /// @notice Change the category and the metadata, as a new version does.
    function setMetadata(bytes32 modelId, uint8 category, string calldata metadata) external;

    /// @notice Stop selling, for now. Access and payouts go on.
    function pauseListing(bytes32 modelId) external;

    /// @notice Sell again.
    function resumeListing(bytes32 modelId) external;

    /// @notice Stop selling for ever. Access and payouts go on.
    function retireListing(bytes32 modelId) external;

    /// @notice Buy one pass for the caller, at the present price, at most for the coin sent; the rest comes back.
    function purchaseAccess(bytes32 modelId) external payable;

    /// @notice Buy as the order says. Coin beyond the price goes back to the caller, or is credited to it in the
    /// RevenueSplitter where it takes none.
    /// @return paid the price in all
    function purchase(Order calldata order) external payable returns (uint256 paid);

    function quote(bytes32 modelId, Plan plan, uint32 quantity) external view returns (Quote memory);

    function getListing(bytes32 modelId) external view returns (Listing memory);

    function stateOf(bytes32 modelId) external view returns (ListingState);

    /// @notice The plans that the listing offers, whether or not it is paused.
    function plans(bytes32 modelId) external view returns (PlanTerms[] memory);

    /// @notice When the account's subscription ends, in seconds since 1970; zero if it never had one.
    function subscriptionExpiry(bytes32 modelId, address account) external view returns (uint64);

    /// @notice Who may list this id, and owns what is listed under it.
    function sellerOf(bytes32 modelId) external pure returns (address);
}

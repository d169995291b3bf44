// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {IERC1155} from "@openzeppelin/contracts/token/ERC1155/IERC1155.sol";
import {IERC2981} from "@openzeppelin/contracts/interfaces/IERC2981.sol";

/// @title The passes that purchases of lasting access mint: ERC-1155, id = uint256(modelId).
/// @notice A pass cannot leave its holder until its maturity day is over, because its purchase may be refunded until
/// then. After that it moves only as the model's seller allows: by plain transfers, by resale, both or neither.
/// Resale: a holder offers passes at a price, and whoever accepts pays fee, lineage, seller (EIP-2981) and holder through
/// the RevenueSplitter, where they draw it. This contract keeps no money.
interface IAccessPass is IERC1155, IERC2981 {
    /// @notice What one account holds of one model.
    /// @param balance passes in all, locked ones included
    /// @param bought locked passes that the holder bought
    /// @param boughtDay last day of that lock, in days since 1970
    /// @param given passes that somebody else bought for the holder, each locked through its own day, so that nobody can
    /// prolong another's lock
    /// @param givenDay last day of the last of those locks
    struct Holding {
        uint64 balance;
        uint64 bought;
        uint32 boughtDay;
        uint64 given;
        uint32 givenDay;
    }

    /// @notice How a model's unlocked passes may move.
    /// @param royaltyBps what its seller gets of each resale, in 1/10,000, at most 1,000
    struct Policy {
        bool transfers;
        bool resale;
        uint16 royaltyBps;
    }

    /// @notice What a holder asks for its passes.
    /// @param royaltyBps the seller's part, as it stood when the offer was made
    /// @param deadline the last second at which it may be accepted
    struct Offer {
        address token;
        uint16 royaltyBps;
        uint64 deadline;
        uint32 quantity;
        uint128 unitPrice;
    }

    event TransfersAllowed(uint256 indexed id, bool allowed);
    event ResaleSet(uint256 indexed id, bool allowed, uint16 royaltyBps);
    event Offered(uint256 indexed id, address indexed holder, Offer offer);
    event OfferWithdrawn(uint256 indexed id, address indexed holder);
    event Resold(
        uint256 indexed id,
        address indexed holder,
        address indexed buyer,
        address recipient,
        address token,
        uint32 quantity,
        uint256 price,
        uint256 royalty
    );

    /// @notice Who was credited with how much of a resale's price; the holder with the rest.
    /// @param fee the protocol's part, as of any sale
    /// @param lineage what the parent's seller got of the price without the fee
    event ResaleShared(
        uint256 indexed id,
        address indexed holder,
        address indexed token,
        uint256 price,
        uint256 fee,
        uint256 lineage,
        uint256 royalty
    );

    error NotMarket(address caller);
    error NotSeller(bytes32 modelId, address caller);
    error TransfersNotAllowed(uint256 id);
    error ResaleNotAllowed(uint256 id);
    error ResaleRoyaltyTooHigh(uint16 bps, uint16 most);
    error PassesLocked(address holder, uint256 id, uint256 wanted, uint256 unlocked);
    error QuantityOutOfBounds(uint256 quantity, uint256 most);
    error ZeroPrice();
    error TokenNotAccepted(address token);
    error DeadlinePassed(uint64 deadline, uint256 time);
    error NoOffer(uint256 id, address holder);
    error OfferChanged(address token, uint256 unitPrice);
    error WrongValue(uint256 sent, uint256 expected);

    /// @notice Mint passes that stay locked through `maturityDay`. The market only. Buying more of a model while earlier
    /// passes are locked keeps all of them locked until the later day.
    /// @param given whether somebody else than `recipient` paid
    function mint(address recipient, bytes32 modelId, uint32 quantity, uint32 maturityDay, bool given) external;

    /// @notice Take back locked passes, whose purchase is refunded or disputed. The market only.
    /// @param maturityDay with `given`, as they were minted
    function burn(address holder, bytes32 modelId, uint32 quantity, uint32 maturityDay, bool given) external;

    /// @notice Give back what a dispute took, unlocked and without asking the holder's code. The market only.
    function restore(address holder, bytes32 modelId, uint32 quantity) external;

    /// @notice Allow or forbid plain transfers of a model's unlocked passes. Its seller only; forbidden at first.
    function allowTransfers(bytes32 modelId, bool allowed) external;

    /// @notice Allow or forbid resale, and set the seller's part of it. Its seller only; forbidden at first. Offers that
    /// stand keep their royalty, and can be accepted only while resale is allowed.
    function allowResale(bytes32 modelId, bool allowed, uint16 royaltyBps) external;

    /// @notice Offer unlocked passes of the caller's; replaces the caller's earlier offer of this model.
    function offer(uint256 id, uint32 quantity, address token, uint128 unitPrice, uint64 deadline) external;

    /// @notice Withdraw the caller's offer.
    function withdrawOffer(uint256 id) external;

    /// @notice Buy offered passes. Coin has to be exactly the price; a token is pulled by the RevenueSplitter, which the
    /// caller has approved. Of the price go the protocol's fee, then the lineage that a sale of the model owes, and the
    /// royalty; whoever the holder is, so that no sale is had cheaper by way of a resale.
    /// @param token with `unitPrice`, what the caller expects to pay; a changed offer is refused
    function accept(uint256 id, address holder, uint32 quantity, address recipient, address token, uint128 unitPrice)
        external
        payable;

    function offerOf(uint256 id, address holder) external view returns (Offer memory);

    function transfersAllowed(uint256 id) external view returns (bool);

    function policyOf(uint256 id) external view returns (Policy memory);

    function holding(address account, uint256 id) external view returns (Holding memory);

    /// @notice How many of the account's passes of this model cannot move today, whatever the seller allows.
    function lockedOf(address account, uint256 id) external view returns (uint256);
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

/// @title Transfers of an ERC-20 token by signature (ERC-3009). Each signature carries a nonce of its own, in any order.
/// @notice An authorisation is good strictly after `validAfter` and strictly before `validBefore`, in seconds since 1970,
/// and once.
interface IERC3009 {
    event AuthorizationUsed(address indexed authorizer, bytes32 indexed nonce);
    event AuthorizationCanceled(address indexed authorizer, bytes32 indexed nonce);

    error AuthorizationNotYetValid(uint256 validAfter, uint256 time);
    error AuthorizationExpired(uint256 validBefore, uint256 time);
    error AuthorizationUsedOrCanceled(address authorizer, bytes32 nonce);
    error CallerNotPayee(address caller, address payee);
    error InvalidAuthorizer(address signer, address authorizer);

    /// @notice Move what `from` signed. Anyone may bring the signature.
    function transferWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external;

    /// @notice The same, brought by the payee alone: so a contract that is paid cannot be paid without learning of it.
    function receiveWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external;

    /// @notice Use up a nonce without a transfer, by its signer's word.
    function cancelAuthorization(address authorizer, bytes32 nonce, uint8 v, bytes32 r, bytes32 s) external;

    /// @notice Whether the nonce is used or cancelled.
    function authorizationState(address authorizer, bytes32 nonce) external view returns (bool);

    /// @notice The EIP-712 type of what {transferWithAuthorization} is signed as.
    function TRANSFER_WITH_AUTHORIZATION_TYPEHASH() external view returns (bytes32);

    /// @notice The EIP-712 type of what {receiveWithAuthorization} is signed as.
    function RECEIVE_WITH_AUTHORIZATION_TYPEHASH() external view returns (bytes32);

    /// @notice The EIP-712 type of what {cancelAuthorization} is signed as.
    function CANCEL_AUTHORIZATION_TYPEHASH() external view returns (bytes32);
}

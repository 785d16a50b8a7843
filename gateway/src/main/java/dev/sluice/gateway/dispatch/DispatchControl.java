package dev.sluice.gateway.dispatch;

import dev.sluice.gateway.control.Announcements;
import dev.sluice.gateway.control.GatewayIdentity;
import dev.sluice.gateway.control.Kinds;
import dev.sluice.gateway.control.Processors;

/** What dispatching must know: who we are, what there is to do, who does it, and how to tell. */
public record DispatchControl(
        GatewayIdentity identity, Kinds kinds, Processors processors, Announcements announcements) {}

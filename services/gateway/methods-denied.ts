/** Why methods of the SDK are refused, with the methods in alphabetical order. */
export const REASONS: Readonly<Record<string, string>> = {
  'stops the replica, for everybody': `
    runtime.shutdown session.shutdown session.suspend`,
  'runs commands on the replica': `
    session.lsp.initialize session.sandbox.disableForSession session.sandbox.getEnforcementStatus
    session.shell.cancelUserRequested session.shell.exec session.shell.executeUserRequested
    session.shell.kill session.tools.execute`,
  'reads or writes files of the replica': `
    hooks.discover instructions.discover instructions.getDiscoveryPaths
    session.completions.getTriggerCharacters session.completions.request session.contentExclusion.checkPaths
    session.debug.collectLogs session.instructions.getSources session.metadata.recordContextChange
    session.metadata.setWorkingDirectory session.plan.delete session.plan.read session.plan.readSqlTodos
    session.plan.readSqlTodosWithDependencies session.plan.update session.workspaces.addSummary
    session.workspaces.autopilotObjectiveExists session.workspaces.createDirectory
    session.workspaces.createFile session.workspaces.deleteAutopilotObjective session.workspaces.diff
    session.workspaces.ensure session.workspaces.getWorkspace session.workspaces.listCheckpoints
    session.workspaces.listFiles session.workspaces.readAutopilotObjective session.workspaces.readCheckpoint
    session.workspaces.readFile session.workspaces.removePath session.workspaces.renamePath
    session.workspaces.saveLargePaste session.workspaces.statFile session.workspaces.truncateSummaries
    session.workspaces.updateMetadata session.workspaces.writeAutopilotObjective sessionFs.setProvider
    sessions.getEventFilePath sessions.loadDeferredRepoHooks sessions.save`,
  'speaks of sessions of every tenant': `
    sessions.bulkDelete sessions.checkInUse sessions.close sessions.configureSessionExtensions
    sessions.connect sessions.delete sessions.enrichMetadata sessions.findByPrefix sessions.findByTaskId
    sessions.fork sessions.getBoardEntryCount sessions.getClientMetadata sessions.getLastForContext
    sessions.getMetadata sessions.getPersistedRemoteSteerable sessions.getRemoteControlStatus
    sessions.getSizes sessions.list sessions.listNonEmptySessionIds sessions.open sessions.pruneOld
    sessions.readPersistedEvents sessions.releaseLock sessions.reloadPluginHooks
    sessions.setAdditionalPlugins sessions.setRemoteControlSteering sessions.startRemoteControl
    sessions.stopRemoteControl sessions.transferRemoteControl`,
  'runs MCP servers on the replica, or speaks of them': `
    mcp.config.add mcp.config.disable mcp.config.enable mcp.config.list mcp.config.reload mcp.config.remove
    mcp.config.update mcp.discover mcp.planInstall session.mcp.apps.callTool session.mcp.apps.diagnose
    session.mcp.apps.getHostContext session.mcp.apps.listTools session.mcp.apps.readResource
    session.mcp.apps.setHostContext session.mcp.cancelSamplingExecution session.mcp.configureGitHub
    session.mcp.disable session.mcp.enable session.mcp.executeSampling
    session.mcp.headers.handlePendingHeadersRefreshRequest session.mcp.isServerRunning session.mcp.list
    session.mcp.listTools session.mcp.moveLoadingToBackground session.mcp.oauth.authenticationStateChanged
    session.mcp.oauth.handlePendingRequest session.mcp.oauth.login session.mcp.oauth.probe
    session.mcp.oauth.respond session.mcp.registerExternalClient session.mcp.reload
    session.mcp.reloadWithConfig session.mcp.removeGitHub session.mcp.resources.list
    session.mcp.resources.listTemplates session.mcp.resources.read session.mcp.restartServer
    session.mcp.setEnvValueMode session.mcp.startServer session.mcp.stopServer
    session.mcp.unregisterExternalClient`,
  'runs plugins, extensions or skills on the replica': `
    catalog.search extensions.disable extensions.discover extensions.enable plugins.builtin.set
    plugins.disable plugins.enable plugins.install plugins.list plugins.marketplaces.add
    plugins.marketplaces.browse plugins.marketplaces.list plugins.marketplaces.refresh
    plugins.marketplaces.remove plugins.uninstall plugins.update plugins.updateAll
    registerExtensionLaunchProvider session.extensions.disable session.extensions.enable
    session.extensions.list session.extensions.reload session.extensions.sendAttachmentsToMessage
    session.plugins.list session.plugins.reload session.skills.disable session.skills.enable
    session.skills.ensureLoaded session.skills.getInvoked session.skills.list session.skills.reload
    skills.config.setDisabledSkills skills.config.setSkillDisabled skills.discover skills.getDiscoveryPaths`,
  'speaks of the accounts of the replica, or changes them': `
    account.getAllUsers account.getCurrentAuth account.getQuota account.login account.logout
    session.gitHubAuth.getAllAuthAvailable session.gitHubAuth.getCurrentAuthInfo
    session.gitHubAuth.getStatus session.gitHubAuth.lastAuthErrors session.gitHubAuth.login
    session.gitHubAuth.logout session.gitHubAuth.logoutUser session.gitHubAuth.refreshCopilotUser
    session.gitHubAuth.setCredentials session.gitHubAuth.switchToAuth`,
  'is a handler for every session of the replica': `
    llmInference.httpResponseChunk llmInference.httpResponseStart llmInference.setProvider
    session.canvas.action.invoke session.canvas.close session.canvas.list session.canvas.listOpen
    session.canvas.open session.canvas.provider.register session.canvas.provider.unregister
    session.ui.registerDirectAutoModeSwitchHandler session.ui.unregisterDirectAutoModeSwitchHandler`,
  'changes or shows settings of the replica': `
    agentRegistry.spawn agents.discover agents.getDiscoveryPaths commands.list managedSettings.clearCache
    managedSettings.read models.getBuiltInCatalog secrets.addFilterValues session.getForeground
    session.remote.disable session.remote.enable session.remote.notifySteerableChanged session.setForeground
    session.settings.evaluatePredicate session.settings.snapshot session.telemetry.getEngagementId
    session.telemetry.setFeatureOverrides session.visibility.get session.visibility.set tools.list
    user.settings.get user.settings.reload user.settings.set`,
  'widens what a session may do': `
    session.agent.deselect session.agent.getCurrent session.agent.list session.agent.reload
    session.agent.select session.agent.setPrompt session.autopilotObjective.getState session.mode.set
    session.model.applyStartupOverlay session.model.list session.model.setAllowedModels
    session.model.switchAutoTier session.permissions.configure session.permissions.folderTrust.addTrusted
    session.permissions.folderTrust.isTrusted session.permissions.getMode
    session.permissions.locations.addToolApproval session.permissions.locations.apply
    session.permissions.locations.resolve session.permissions.modifyRules
    session.permissions.notifyPromptShown session.permissions.paths.add
    session.permissions.paths.isPathWithinAllowedDirectories session.permissions.paths.isPathWithinWorkspace
    session.permissions.paths.list session.permissions.paths.updatePrimary session.permissions.setMode
    session.permissions.setRequired session.permissions.urls.setUnrestrictedMode session.provider.add
    session.provider.getEndpoint session.tools.getBuiltinDescriptors session.tools.getCurrentMetadata
    session.tools.initializeAndValidate session.tools.set session.tools.taskCompleteEventData
    session.tools.updateSubagentSettings`,
  'starts work that the limit of turns does not count': `
    session.cancelAllBackgroundAgents session.commands.enqueue session.commands.execute
    session.commands.finalizeInvocationEffect session.commands.invoke session.commands.list
    session.factory.agent session.factory.cancel session.factory.getRun session.factory.getRunDetail
    session.factory.getRunProgress session.factory.journal.get session.factory.journal.put
    session.factory.listRuns session.factory.log session.factory.pause session.factory.pauseAtCheckpoint
    session.factory.resume session.factory.resumeFromTool session.factory.run session.factory.runFromTool
    session.fleet.start session.limitPrediction.predict session.queue.beginDeferredIdleDrain
    session.queue.consumeSystemNotifications session.queue.deferSessionIdle session.queue.duplicateAt
    session.queue.enqueueResumePending session.queue.finishDeferredIdleDrain session.queue.hasPending
    session.queue.insertAt session.queue.moveItem session.queue.process session.queue.removeAt
    session.queue.sendNow session.queue.setDrainPaused session.queue.snapshot session.queue.updateText
    session.schedule.add session.schedule.addAt session.schedule.addCron session.schedule.addSelfPaced
    session.schedule.hasSelfPaced session.schedule.hydrate session.schedule.list
    session.schedule.rearmSelfPaced session.schedule.stop session.sendMessages
    session.sendSystemNotification session.tasks.cancel session.tasks.getCurrentPromotable
    session.tasks.getProgress session.tasks.list session.tasks.promoteCurrentToBackground
    session.tasks.promoteToBackground session.tasks.refresh session.tasks.register session.tasks.remove
    session.tasks.sendMessage session.tasks.startAgent session.tasks.update session.tasks.waitForPending
    session.ui.elicitation session.ui.ephemeralQuery session.ui.handlePendingSampling`,
  "is not needed by the SDK's own classes, and nobody has looked at it more closely": `
    session.eventLog.read session.eventLog.tail session.history.clearContext
    session.history.listRewindPoints session.history.previewRewind session.history.rewind
    session.history.summarizeForHandoff session.history.truncate session.metadata.contextInfo
    session.metadata.getContextAttribution session.metadata.getContextHeaviestMessages
    session.metadata.recomputeContextTokens session.name.setAuto`,
};

/** Every method that is refused, with the reason. */
export const DENIED: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(REASONS).flatMap(([why, methods]) =>
    methods
      .trim()
      .split(/\s+/)
      .map((method) => [method, why] as const),
  ),
);
